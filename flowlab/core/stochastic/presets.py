"""The ODE / SDE room's presets."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.view import View
from flowlab.core.views.rows import Preset


def presets() -> dict[str, Preset]:
    """Name -> the preset, in the order of the menu."""
    return {
        "ode_and_sde": Preset(lambda: _beside("eight_gaussians")),
    }


def _beside(target: str) -> Document:
    view = View(name="processes", highlighted=6)
    return Document(source=named("gaussian"), target=named(target), view=view)
