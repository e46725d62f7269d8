"""The shape of one class of a target, also where no setting describes it: then many of its points.

Each arc of moons, spirals, rings and a smiley, and each blade of a pinwheel, is a class. The exact
field of one is then nearly exact: computed from so many of its points on a grid.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import classes_of
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Moons, Points, Rings, Shape, Smiley, Spiral
from flowlab.core.learning.conditioning import cloud_of_class, shape_of_class

DRAWN = 20_000  # points of a class


def class_shape(target: Shape, label: int) -> Shape | None:
    """The class as a shape, or as points of it; None where the target has no such class."""
    if label not in classes_of(target):
        return None
    return shape_of_class(target, label) or _drawn(target, label)


@lru_cache(maxsize=16)
def _drawn(target: Shape, label: int) -> Points:
    return Points(points=Array(cloud_of_class(target, label, DRAWN, 0)))


def class_document(document: Document, label: int) -> Document | None:
    """The unconditional document whose target is that class; None where there is none."""
    shape = class_shape(document.target, label)
    if shape is None:
        return None
    plain: Network = replace(document.network, conditional=False)
    return replace(document, target=shape, network=plain)


def is_bare_curve(target: Shape) -> bool:
    """True for classes that are lines without width, which don't overlap."""
    return isinstance(target, Moons | Spiral | Rings | Smiley) and target.noise == 0
