"""What of a document, and beside it, each part of the engine's work depends on."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.blend_settings import Blending
from flowlab.core.document import Document
from flowlab.core.shapes import Shape

Aspect = tuple[object, ...]


def learned(document: Document) -> Aspect:
    """What the trainer depends on."""
    ends = document.source, document.target
    return *ends, document.path, document.coupling, document.network, document.training


def computed(document: Document) -> Aspect:
    """What a bundle depends on beside the weights."""
    view = document.view
    shown = view.name, view.particles, view.highlighted, view.show_raw, view.shows, view.show_pairs
    return document.solver, document.seed, *shown, view.condition, blended(document)


def blended(document: Document) -> Blending | None:
    """What of the choices about blending is computed, where the view is of that room."""
    if document.view.name not in ("blending", "chain", "tangent_field"):
        return None
    drawn = ("picture", "field", "show_error", "show_others", "show_flow")
    usual = Blending()
    return replace(document.blending, **{name: getattr(usual, name) for name in drawn})


def costs(document: Document) -> Aspect:
    """What the time that a bundle takes depends on."""
    return document.network, *computed(document)


def ends(document: Document) -> tuple[Shape, Shape]:
    """Source and target."""
    return document.source, document.target


def fixed(document: Document) -> Aspect:
    """What tells bundles of one document from those of another."""
    return type(document.source), type(document.target), document.path, document.network


def pictured(document: Document) -> Aspect:
    """What a bundle depends on that is made once: also the parts that a layer may ask for."""
    view = document.view
    return *computed(document), view.show_grid, view.field != "none"
