"""The reflected room's presets."""

from __future__ import annotations

from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.view import View
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.rows import Preset


def presets() -> dict[str, Preset]:
    """Name -> the preset, in the order of the menu."""
    return {
        "checkerboard_in_a_square": Preset(
            lambda: _between("checkerboard", "reflected_motion", walls="square", width=8.0),
            weights="checkerboard",
        ),
        "uniform_in_a_star": Preset(
            lambda: _between(
                "two_moons", "ways_to_stay", walls="drawn", start="uniform",
                process="brownian", steps=200, sigma_max=0.6,
            ),
            t=0.0,
            weights="moons",
        ),
    }  # fmt: skip


def _between(target: str, view: str, **settings: Any) -> Document:
    return Document(
        source=named("gaussian"),
        target=named(target),
        view=View(name=view, highlighted=3),
        reflected=Reflected(**settings),
    )
