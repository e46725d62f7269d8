"""How a document is looked at: what belongs to it and is saved with it, but is no edit of it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from flowlab.core.document.document import Document
from flowlab.core.document.view import View

T = TypeVar("T", bound=Any)  # a part of a document

# Whatever is only shown in another way; how many particles travel is a setting of the experiment.
GLANCES: dict[str, tuple[str, ...]] = {
    "view": tuple(spec.name for spec in fields(View) if spec.name != "particles"),
    "blending": ("picture", "field", "show_error", "show_others", "show_flow"),
}
EDITED = {"view": "the number of particles"}  # what an edit of a part that is mostly glances is


def opened_at(document: Document, at: Document) -> Document:
    """The document in the room, the view and the flow (learned or exact) that `at` shows."""
    view = _taken(document.view, at.view, ("name", "shows"))
    return document if view is document.view else replace(document, view=view)


def glanced(document: Document, at: Document) -> Document:
    """The document, looked at as `at` is: the same view, layers and colours."""
    own, theirs = vars(document), vars(at)
    parts = {part: _taken(own[part], theirs[part], names) for part, names in GLANCES.items()}
    if all(part is own[name] for name, part in parts.items()):
        return document  # asked at every edit, sixty a second: nearly always nothing differs
    return document.with_parts(**parts)


def _taken(part: T, at: T, names: tuple[str, ...]) -> T:
    """The part with these fields as `at` has them; itself if they are."""
    values = {name: getattr(at, name) for name in names}
    if all(getattr(part, name) == value for name, value in values.items()):
        return part
    taken: T = replace(part, **values)
    return taken
