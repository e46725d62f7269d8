"""How much of a shape's mass is of each class, exactly, where its settings say it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.distributions import curves
from flowlab.core.distributions.grids import inked
from flowlab.core.document.classes import classes_of
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import (
    Checkerboard,
    Drawing,
    Mixture,
    Moons,
    Pinwheel,
    Points,
    Ring,
    Rings,
    Shape,
    Smiley,
    Spiral,
    Text,
)

UNKNOWN = "How much of this target is of each class isn't known in closed form: choose {}."
_KNOWN = (
    "a ring or mixture of Gaussians, a checkerboard, text, a drawing, moons, a spiral, rings, a "
    "pinwheel, a smiley, or points that have classes"
)


@lru_cache(maxsize=16)
def shares_of(shape: Shape) -> dict[int, float]:
    """The share of mass of each class that has any, ascending; raises `Invalid` if unknown.

    Not to be changed: calls share it.
    """
    known = classes_of(shape)
    masses = _masses(shape, known)
    if masses is None or not known:
        raise Invalid(UNKNOWN.format(_KNOWN))
    total = sum(masses.values())
    return {k: mass / total for k, mass in masses.items() if mass > 0}


def _masses(shape: Shape, known: tuple[int, ...]) -> dict[int, float] | None:
    if isinstance(shape, Mixture):
        positive = [weight for weight in shape.weights if weight > 0]
        return dict(zip(known, positive, strict=True)) if known else {}
    if isinstance(shape, Ring | Checkerboard | Pinwheel):
        return dict.fromkeys(known, 1.0)
    if isinstance(shape, Moons | Spiral | Rings | Smiley):
        return _lengths(shape, known)
    if isinstance(shape, Points) and shape.labels is not None:
        labels = np.asarray(shape.labels.values)
        return {k: float((labels == k).sum()) for k in known}
    if isinstance(shape, Drawing):
        from flowlab.core.distributions.drawing import rasterise

        return dict(enumerate(rasterise(shape.strokes, shape.half_width).sum((1, 2)).tolist()))
    if isinstance(shape, Text):
        return dict(enumerate(inked(shape)[0].sum((1, 2)).tolist()))
    return None


def _lengths(shape: Moons | Spiral | Rings | Smiley, known: tuple[int, ...]) -> dict[int, float]:
    """The length of each class's curves, over which mass is spread evenly."""
    made = {Moons: curves.moons, Spiral: curves.spiral, Rings: curves.rings, Smiley: curves.smiley}
    local = made[type(shape)](shape)  # type: ignore[operator]
    if local.classes is None:
        return {}
    lengths, classes = local.bounds.diff(), local.classes
    return {k: float(lengths[classes == k].sum()) for k in known}
