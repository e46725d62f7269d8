"""How a document is looked at: what belongs to it and is saved with it, but is no edit of it."""

from __future__ import annotations

from dataclasses import fields, replace

from flowlab.core.document.document import Document
from flowlab.core.document.view import View

# Whatever is only shown in another way; how many particles travel is a setting of the experiment.
GLANCES: dict[str, tuple[str, ...]] = {
    "view": tuple(spec.name for spec in fields(View) if spec.name != "particles"),
    "blending": ("picture", "field", "show_error", "show_others", "show_flow"),
}
EDITED = {"view": "the number of particles"}  # what an edit of a part that is mostly glances is


def opened_at(document: Document, at: Document) -> Document:
    """The document in the room, the view and the flow (learned or exact) that `at` shows."""
    view = replace(document.view, name=at.view.name, shows=at.view.shows)
    return replace(document, view=view)


def glanced(document: Document, at: Document) -> Document:
    """The document, looked at as `at` is: the same view, layers and colours."""
    parts = {
        part: replace(
            getattr(document, part), **{name: getattr(getattr(at, part), name) for name in names}
        )
        for part, names in GLANCES.items()
    }
    return document.with_parts(**parts)
