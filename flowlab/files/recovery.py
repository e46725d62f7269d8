"""What an autosave holds: a session, and how a person can recognise it."""

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
    """Unsaved work that a window has left as it died."""

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
    """The bytes of an autosave of a session with that name, saved before at `path` if anywhere."""
    noted = {
        "name": _text(name),
        "path": "" if path is None else _text(str(path.absolute())),
        "saved": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    return session.pack(
        content.document,
        content.weights,
        preview=content.preview,
        state={**content.state, **noted},
        losses=content.losses,
        moments=content.moments,
        thumbnail=picture(),
    )


def glance(folder: Path) -> Recovery:
    """Read what a person recognises it by, and nothing else; raises `Invalid` or `OSError`."""
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
    """The words; none where a file's name is no text, as JSON could not hold it."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return ""
    return words
