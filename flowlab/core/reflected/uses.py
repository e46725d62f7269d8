"""What a view of the room makes of its settings: whence its particles come; imports no torch."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.views.registry import VIEWS


def from_target(document: Document) -> bool:
    """True if the view's particles come from the target."""
    row = VIEWS[document.view.name]
    chosen = "start" not in row.reads or document.reflected.start == "target"
    return "target" in row.roles and chosen


def from_source(document: Document) -> bool:
    """True if the view's particles come from the source."""
    return "source" in VIEWS[document.view.name].roles


def from_point(document: Document) -> bool:
    """True if the view's particles come from the one point."""
    reads = VIEWS[document.view.name].reads
    chosen = "start" not in reads or document.reflected.start == "point"
    return "start_x" in reads and chosen
