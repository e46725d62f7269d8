"""Whether the exact flow of a document is known, without computing anything."""

from __future__ import annotations

from flowlab.core.document.arguments import kind_of
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document

SEE_CONDITIONS = (
    "A conditional network has an exact flow for each class: the view Conditions shows them."
)


def is_independent(coupling: Coupling) -> bool:
    """True if every source point may be paired with every target point, as where nothing is drawn.

    The coupling by lines is the independent one until there is a line.
    """
    lineless = coupling.lines is None or not len(coupling.lines)
    return coupling.kind == "independent" or (coupling.kind == "lines" and lineless)


def why_none(document: Document) -> str:
    """Why the document has no exact field, in one sentence; empty if it has one."""
    kind_of(document, Document, "The document", "a document")
    if is_independent(document.coupling):
        return ""
    return "The exact field is known for independent pairs only; another coupling bends it."


def why_only_learned(document: Document) -> str:
    """Why neither the exact flow nor a difference can be shown; empty if they can."""
    return SEE_CONDITIONS if document.network.conditional else why_none(document)
