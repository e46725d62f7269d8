"""The parts of a document on which each part of the engine's work depends: keys of caches."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.learned import Aspect
from flowlab.core.document.shapes import Shape
from flowlab.core.views.registry import settings_read


def computed(document: Document) -> Aspect:
    """What a bundle depends on beside the weights."""
    view = document.view
    fields = view.name, view.particles, view.highlighted, view.show_raw, view.shows, view.show_pairs
    return document.solver, document.seed, *fields, view.condition, settings_read(document)


def costs(document: Document) -> Aspect:
    """What the time that a bundle takes depends on."""
    return document.network, *computed(document)


def ends(document: Document) -> tuple[Shape, Shape]:
    """Source and target."""
    return document.source, document.target


def fixed(document: Document) -> Aspect:
    """What two bundles must share to belong to the same document."""
    return type(document.source), type(document.target), document.path, document.network


def pictured(document: Document) -> Aspect:
    """What a cached bundle depends on: `computed`, and the layers that need more than paths."""
    view = document.view
    return *computed(document), view.show_grid, view.field != "none"
