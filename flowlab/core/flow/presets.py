"""The Flow room's presets: a source and a target from the gallery, to be trained at once."""

from __future__ import annotations

from functools import partial

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.views.rows import Preset

_PAIRS = {
    "eight_gaussians": ("gaussian", "eight_gaussians"),
    "moons": ("gaussian", "moons"),
    "checkerboard": ("gaussian", "checkerboard"),
    "spiral": ("gaussian", "spiral"),
    "swiss_roll": ("gaussian", "swiss_roll"),
    "rings": ("disc", "rings"),
    "pinwheel": ("gaussian", "pinwheel"),
    "triangle_to_rhombus": ("triangle", "rhombus"),
    "triangle_to_square": ("triangle", "square"),
    "s_curve_to_moons": ("s_curve", "moons"),
    "smiley": ("gaussian", "smiley"),
    "flow": ("gaussian", "text"),
}


def presets() -> dict[str, Preset]:
    """Name -> the pair of distributions as a preset, in the order of the menu."""
    return {name: Preset(partial(_between, *ends)) for name, ends in _PAIRS.items()}


def _between(source: str, target: str) -> Document:
    return Document(source=named(source), target=named(target))
