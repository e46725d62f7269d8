"""The document in a session: its JSON and arrays; a view that isn't known is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowlab.core.array_types import Floats
from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.views.registry import VIEWS
from flowlab.files.container import Members, Parts
from flowlab.files.encoding import DOCUMENT as COUNTS
from flowlab.files.encoding import to_json, to_npy, unpack_json, unpack_npy
from flowlab.files.session_parts import DOCUMENT, array_part, read
from flowlab.version import __version__

FORMAT = 1
_MANY = 1000  # arrays; with more, the JSON is written compactly, since nobody reads it


def pack_document(document: Document) -> Members:
    """The document as parts; raises `Invalid` if it could not be read again."""
    arrays: dict[str, Floats] = {}
    plain = to_plain(document, arrays)
    head = {"format": FORMAT, "made_by": f"FlowLab {__version__}", "document": plain}
    text = to_json(head, compact=len(arrays) > _MANY)
    try:
        from_plain(unpack_json(text, DOCUMENT, COUNTS)["document"], arrays)
    except Invalid as error:
        raise Invalid(f"This cannot be saved: {error}") from None
    return {DOCUMENT: text} | {
        array_part(digest): to_npy(value) for digest, value in arrays.items()
    }


def unpack_document(parts: Parts) -> tuple[Document, tuple[str, ...]]:
    """The document, and remarks on what differs from what was saved; raises `Invalid`."""
    if DOCUMENT not in parts.names:
        raise Invalid("it holds no document, so it is not a FlowLab file.")
    head = unpack_json(read(parts, DOCUMENT), DOCUMENT, COUNTS)
    _check_format(head)
    plain, remarks = _with_known_view(head.get("document"))
    return from_plain(plain, _Arrays(parts)), remarks


def _check_format(head: dict[str, Any]) -> None:
    version = head.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise Invalid("it does not say which format it has.")
    if version > FORMAT:
        maker = head.get("made_by")
        maker = maker[:60] if isinstance(maker, str) else "a newer FlowLab"
        raise Invalid(f"it was made by {maker}; update FlowLab to open it.")


def _with_known_view(plain: Any) -> tuple[Any, tuple[str, ...]]:
    """The plain document, without its view's name if that isn't known, and remarks on it."""
    view = plain.get("view") if isinstance(plain, dict) else None
    if not isinstance(view, dict) or "name" not in view:
        return plain, ()
    name = view["name"]
    if isinstance(name, str) and name in VIEWS:
        return plain, ()
    rest = {key: value for key, value in view.items() if key != "name"}
    return plain | {"view": rest}, (_remark(name),)


def _remark(name: Any) -> str:
    default = View().name
    if not isinstance(name, str):
        return f"It does not say which view it was last seen in, and is shown as {default}."
    return (
        f"It was last seen in the view {name[:40]!r}, which this FlowLab doesn't know, and is "
        f"shown as {default}; a newer FlowLab may know it."
    )


class _Arrays(Mapping[str, Floats]):
    """The arrays of a session by digest, each unpacked on access."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __getitem__(self, digest: str) -> Floats:
        name = array_part(digest)
        if name not in self._parts.names:
            raise KeyError(digest)
        return unpack_npy(read(self._parts, name), name)

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, str) and array_part(digest) in self._parts.names

    def __iter__(self) -> Iterator[str]:
        names = (name for name in self._parts.names if name.startswith("arrays/"))
        return (name.removeprefix("arrays/").removesuffix(".npy") for name in names)

    def __len__(self) -> int:
        return sum(1 for _ in self)
