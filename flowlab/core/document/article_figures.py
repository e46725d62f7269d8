"""The 2D figures of the two texts on iterative alpha-(de)blending, each as a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flowlab.core.blending.settings import Blending
from flowlab.core.document.article_pictures import article_pictures
from flowlab.core.document.document import RECIPES, Document, Solver, View
from flowlab.core.document.shapes import Ring, Shape

_SIX = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_NETWORK, _TRAINING = RECIPES["IADB tutorial"]
STILLS = {"direction_of_the_tangent": 0.5}  # figures at one alpha
_MAPPED = Solver(method="euler", steps=128)


def article_figures(shapes: Mapping[str, Shape]) -> dict[str, Callable[[], Document]]:
    """Name -> maker of its document; `shapes` has the triangle, the square and the rhombus."""
    triangle, square, rhombus = (shapes[name] for name in ("triangle", "square", "rhombus"))

    def chain(target: Shape, **choices: object) -> Callable[[], Document]:
        return lambda: Document(
            source=triangle,
            target=target,
            view=View(name="chain", highlighted=24, layout="side"),
            blending=Blending(**choices),  # type: ignore[arg-type]
        )

    def mapping(*ends: Shape, particles: int = 5000, pairs: int = 120) -> Document:
        return Document(
            source=ends[0],
            target=ends[1],
            network=_NETWORK,
            training=_TRAINING,
            solver=_MAPPED,
            view=View(name="mapping", layout="side", particles=particles),
            blending=Blending(pairs=pairs),
        )

    return {
        "random_pairs": lambda: Document(
            source=triangle,
            target=rhombus,
            view=View(name="blending", layout="side"),
        ),
        "six_values_of_alpha": chain(square, steps=5, alphas=_SIX),
        "chain_of_6_steps": chain(rhombus, steps=6),
        "chain_of_500_steps": chain(rhombus, steps=500),
        "direction_of_the_tangent": lambda: Document(
            source=triangle,
            target=rhombus,
            view=View(name="tangent_field"),
            blending=Blending(cells=96, samples=20_000),
        ),
        "deterministic_map": lambda: mapping(triangle, rhombus),
        "two_pictures": lambda: mapping(*article_pictures(), particles=20_000, pairs=40),
        "a_class_at_a_time": lambda: _conditional(Ring()),
    }


def _conditional(target: Shape) -> Document:
    network = replace(_NETWORK, conditional=True)
    return Document(
        target=target,
        network=network,
        training=_TRAINING,
        view=View(name="conditions", condition=2),
    )
