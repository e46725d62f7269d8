"""The reflected room's presets."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.document.shapes import Polygon, Ring, Shape, Text
from flowlab.core.document.view import View
from flowlab.core.reflected.outlines import OUTLINES
from flowlab.core.reflected.settings import STAR, Reflected
from flowlab.core.views.rows import Preset


def presets() -> dict[str, Preset]:
    """Name -> the preset, in the order of the menu."""
    return {**_of_noise(), **_guided(), **_sampled(), **_flows()}


def _of_noise() -> dict[str, Preset]:
    """Noise alone between walls, and its kernel."""
    return {
        "checkerboard_in_a_square": Preset(
            lambda: _between("checkerboard", "reflected_motion", walls="square", width=8.0),
            weights="checkerboard",
        ),
        "path_between_walls": Preset(
            lambda: _between(
                "checkerboard", "reflected_time_plane", highlighted=1, walls="square", width=8.0,
                start="point", start_x=0.5, start_y=0.0, process="brownian", steps=600,
                sigma_max=0.8,
            ),
            t=0.0,
            weights="checkerboard",
        ),
        "uniform_in_a_star": Preset(
            lambda: _between(
                "two_moons", "ways_to_stay", walls="drawn", start="uniform",
                process="brownian", steps=200, sigma_max=0.6, clip=True,
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
    }  # fmt: skip


def _guided() -> dict[str, Preset]:
    """One class, with guidance."""
    return {
        "guidance_by_the_flow": Preset(
            lambda: _between(
                "checkerboard", "guidance_in_walls", walls="square", width=8.0,
                one_class=True, guided_class=0, guidance=1.5, reverse_steps=1000,
            ),
            t=1.0,
            weights="checkerboard",
        ),
        "guidance_at_the_walls": Preset(
            lambda: _between(
                "checkerboard", "guidance_in_walls", walls="square", width=8.0,
                one_class=True, guided_class=0, guidance=15.0,
            ),
            t=1.0,
            weights="checkerboard",
        ),
        "learned_guidance_in_a_square": Preset(
            lambda: _learned("checkerboard", "guidance_in_walls", conditional=True, walls="square",
                             width=8.0, one_class=True, guided_class=0, guidance=1.5),
            t=1.0,
        ),
    }  # fmt: skip


def _sampled() -> dict[str, Preset]:
    """From the uniform law to the data, by an exact or a learned score."""
    return {
        "learned_score_in_a_square": Preset(
            lambda: _learned("checkerboard", "wall_score", walls="square", width=8.0), t=0.7
        ),
        "forward_and_reverse": Preset(
            lambda: _learned("checkerboard", "forward_and_reverse", walls="square", width=8.0),
            weights="learned_score_in_a_square",
        ),
        "samples_in_a_square": Preset(
            lambda: _between("checkerboard", "reflected_sampling", walls="square", width=8.0),
            t=1.0,
            weights="checkerboard",
        ),
        "rings_in_a_disc": Preset(
            lambda: _between("rings", "reflected_sampling", "disc", walls="disc", width=12.0),
            t=1.0,
            weights="rings",
        ),
        "pinwheel_in_a_simplex": Preset(
            lambda: _between("pinwheel", "reflected_sampling", walls="equilateral", width=15.0),
            t=1.0,
            weights="pinwheel",
        ),
        "gaussians_around_a_hole": Preset(
            lambda: _between(
                "eight_gaussians", "reflected_sampling", walls="drawn", outline=_HOLED, clip=True
            ),
            t=1.0,
            weights="eight_gaussians",
        ),
        "text_in_a_star": Preset(
            lambda: _learned(Text(text="flow", scale=0.55), "reflected_sampling",
                             walls="drawn", outline=(_STAR,), sigma_min=0.004, highlighted=0),
            t=1.0,
        ),
        "text_in_a_heart": Preset(
            lambda: _learned(Text(text="I ♥ ODE", scale=0.8), "reflected_sampling",
                             walls="drawn", outline=(_HEART,), sigma_min=0.004, highlighted=0),
            t=1.0,
        ),
    }  # fmt: skip


def _flows() -> dict[str, Preset]:
    """Flow matching between walls."""
    return {
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
_HEART = tuple((2 * x, 2 * y) for x, y in OUTLINES["heart"].rings[0])
_HOLED = tuple(
    tuple(
        (round(radius * math.cos(turn), 3), round(way * radius * math.sin(turn), 3))
        for turn in (2 * math.pi * k / 60 for k in range(60))
    )
    for radius, way in ((8.5, 1), (1.8, -1))
)
_FLOW_STEPS = 6000  # of training


def _flow(source: Shape, target: Shape, **settings: Any) -> Document:
    return Document(
        source=source,
        target=target,
        view=View(name="flow_between_walls", highlighted=5),
        reflected=Reflected(**settings),
    )


def _learned(
    target: str | Shape, view: str, *, conditional: bool = False, **settings: Any
) -> Document:
    """A document whose network learns the score between the walls."""
    network = Network(predicts=BETWEEN_WALLS, conditional=conditional)
    return replace(_between(target, view, **settings), network=network)


def _between(
    target: str | Shape,
    view: str,
    source: str = "gaussian",
    *,
    highlighted: int = 3,
    **settings: Any,
) -> Document:
    return Document(
        source=named(source),
        target=named(target) if isinstance(target, str) else target,
        view=View(name=view, highlighted=highlighted),
        reflected=Reflected(**settings),
    )
