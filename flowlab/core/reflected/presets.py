"""The reflected room's presets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.document.shapes import Polygon, Ring, Shape
from flowlab.core.document.view import View
from flowlab.core.reflected.settings import STAR, Reflected
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
        "images_and_harmonics": Preset(
            lambda: _between(
                "checkerboard", "heat_kernel", walls="square", width=8.0, start_x=1.6, start_y=0.8
            ),
            t=0.45,
            weights="checkerboard",
        ),
        "tones_of_a_star": Preset(
            lambda: _between("two_moons", "wall_tones", walls="drawn", clip=True),
            weights="moons",
            t=1.0,
        ),
        "guidance_at_the_walls": Preset(
            lambda: _between(
                "checkerboard", "guidance_in_walls", walls="square", width=8.0,
                one_class=True, guided_class=0, guidance=15.0,
            ),
            t=1.0,
            weights="checkerboard",
        ),
        "learned_score_in_a_square": Preset(
            lambda: _learned("checkerboard", "wall_score", walls="square", width=8.0), t=0.7
        ),
        "samples_in_a_square": Preset(
            lambda: _between("checkerboard", "reflected_sampling", walls="square", width=8.0),
            t=1.0,
            weights="checkerboard",
        ),
        "flow_in_a_square": Preset(
            lambda: _flow(Polygon(vertices=_SQUARE), named("checkerboard"), walls="square",
                          width=8.0),
            t=1.0,
            steps=_FLOW_STEPS,
        ),
        "flow_in_a_star": Preset(
            lambda: _flow(Polygon(vertices=_STAR), Ring(count=5, radius=3.0, std=0.15),
                          walls="drawn", outline=(_STAR,)),
            t=0.5,
            steps=_FLOW_STEPS,
        ),
    }  # fmt: skip


_SQUARE = (-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)
_STAR = tuple((2 * x, 2 * y) for x, y in STAR[0])
_FLOW_STEPS = 6000  # of training


def _flow(source: Shape, target: Shape, **settings: Any) -> Document:
    return Document(
        source=source,
        target=target,
        view=View(name="flow_between_walls", highlighted=5),
        reflected=Reflected(**settings),
    )


def _learned(target: str, view: str, **settings: Any) -> Document:
    """A document whose network learns the score between the walls."""
    return replace(_between(target, view, **settings), network=Network(predicts=BETWEEN_WALLS))


def _between(target: str, view: str, **settings: Any) -> Document:
    return Document(
        source=named("gaussian"),
        target=named(target),
        view=View(name=view, highlighted=3),
        reflected=Reflected(**settings),
    )
