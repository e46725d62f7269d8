"""The 2D figures of two articles on iterative alpha-(de)blending, each as a document."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.blending.settings import Blending
from flowlab.core.document.article_pictures import article_pictures
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.recipes import RECIPES
from flowlab.core.document.shapes import Ring, Shape
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.views.rows import Preset

_SIX = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_NETWORK, _TRAINING = RECIPES["IADB tutorial"]
_MAPPED = Solver(method="euler", steps=128)


def presets() -> dict[str, Preset]:
    """Name -> the figure as a preset, in the order of the menu."""
    triangle, square, rhombus = (named(name) for name in ("triangle", "square", "rhombus"))
    return {
        "random_pairs": Preset(lambda: _pairs(triangle, rhombus)),
        "six_values_of_alpha": _chain(triangle, square, steps=5, alphas=_SIX),
        "chain_of_6_steps": _chain(triangle, rhombus, steps=6),
        "chain_of_500_steps": _chain(triangle, rhombus, steps=500),
        "direction_of_the_tangent": Preset(lambda: _tangents(triangle, rhombus), t=0.5),
        "deterministic_map": Preset(lambda: _mapping(triangle, rhombus)),
        "two_pictures": Preset(lambda: _mapping(*article_pictures(), particles=20_000, pairs=40)),
        "a_class_at_a_time": Preset(lambda: _conditional(Ring())),
    }


def _pairs(source: Shape, target: Shape) -> Document:
    return Document(source=source, target=target, view=View(name="blending", layout="side"))


def _chain(source: Shape, target: Shape, **choices: object) -> Preset:
    view = View(name="chain", highlighted=24, layout="side")
    blending = Blending(**choices)  # type: ignore[arg-type]
    return Preset(lambda: Document(source=source, target=target, view=view, blending=blending))


def _tangents(source: Shape, target: Shape) -> Document:
    blending = Blending(cells=96, samples=20_000)
    return Document(
        source=source, target=target, view=View(name="tangent_field"), blending=blending
    )


def _mapping(source: Shape, target: Shape, particles: int = 5000, pairs: int = 120) -> Document:
    return Document(
        source=source,
        target=target,
        network=_NETWORK,
        training=_TRAINING,
        solver=_MAPPED,
        view=View(name="mapping", layout="side", particles=particles),
        blending=Blending(pairs=pairs),
    )


def _conditional(target: Shape) -> Document:
    network = replace(_NETWORK, conditional=True)
    return Document(
        target=target,
        network=network,
        training=_TRAINING,
        view=View(name="conditions", condition=2),
    )
