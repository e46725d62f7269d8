"""The content of an autosave: a session, and what a person recognises it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flowlab.core.document.limits import Invalid
from flowlab.files import session
from flowlab.files.container import Parts, opened_zip
from flowlab.files.encoding import unpack_json
from flowlab.files.reading import silent
from flowlab.files.session_parts import DOCUMENT, STATE, THUMBNAIL, most_of, read
from flowlab.files.session_records import known_state, known_thumbnail

NAME = "session.flowlab"


@dataclass(frozen=True)
class Recovery:
    """Unsaved work of a window that died."""

    folder: Path
    name: str
    saved: float  # seconds since 1970
    thumbnail: bytes = b""  # PNG
    original: Path | None = None  # where the session had been saved

    @property
    def path(self) -> Path:
        """The session."""
        return self.folder / NAME


def pack(
    content: session.Session, name: str, path: Path | None, picture: Callable[[], bytes]
) -> bytes:
    """The bytes of an autosave: a session, its name, its `path` if saved before, its picture."""
    notes = {
        "name": _text(name),
        "path": "" if path is None else _text(str(path.absolute())),
        "saved": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    return session.pack(
        content.document,
        content.weights,
        preview=content.preview,
        state={**content.state, **notes},
        losses=content.losses,
        snapshots=content.snapshots,
        thumbnail=picture(),
    )


def glance(folder: Path) -> Recovery:
    """Read only what a person recognises it by; raises `Invalid` or `OSError`."""
    path = folder / NAME
    saved = path.stat().st_mtime
    with path.open("rb") as file, opened_zip(file, silent) as parts:
        if DOCUMENT not in parts.names:
            raise Invalid(f"{path} holds no document.")
        state = known_state(unpack_json(_part(parts, STATE) or b"{}", STATE))
        thumbnail = known_thumbnail(_part(parts, THUMBNAIL), most_of(THUMBNAIL))
    original = Path(state["path"]) if state.get("path") else None
    return Recovery(folder, state.get("name") or "Untitled", saved, thumbnail, original)


def _part(parts: Parts, name: str) -> bytes:
    return read(parts, name) if name in parts.names else b""


def _text(words: str) -> str:
    """The words; empty for a file's name that isn't valid text, which JSON can't hold."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return ""
    return words
