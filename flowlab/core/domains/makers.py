"""The domains that scripts make, each by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowlab.core.document.arguments import plain_number
from flowlab.core.domains.discs import Disc
from flowlab.core.domains.rectangles import Rectangle
from flowlab.core.domains.walled import Polygon, Triangle


def square(side: float = 1.0, center: Any = (0.0, 0.0)) -> Rectangle:
    """A square with sides along the axes."""
    side = plain_number(side)
    return Rectangle(width=side, height=side, center=center)


def rectangle(width: float, height: float, center: Any = (0.0, 0.0)) -> Rectangle:
    """A rectangle with sides along the axes."""
    return Rectangle(width=plain_number(width), height=plain_number(height), center=center)


def disc(radius: float = 1.0, center: Any = (0.0, 0.0)) -> Disc:
    """A disc."""
    return Disc(radius=plain_number(radius), center=center)


def triangle(kind: str = "equilateral", side: float = 1.0, center: Any = (0.0, 0.0)) -> Triangle:
    """An equilateral triangle, or with "right" one with two legs of that side along the axes.

    The centre is that of its mass.
    """
    return Triangle(kind=kind, side=plain_number(side), center=center)


def polygon(vertices: Any, holes: Sequence[Any] = ()) -> Polygon:
    """The inside of a closed stroke (n, 2), convex or not, without its holes.

    A stroke that crosses itself encloses every place around which it winds; if these are apart,
    they are separate rooms. What was changed is said in `notes`. Raises `Invalid` for walls that
    enclose nothing, and for holes that are not inside them.
    """
    made = Polygon(vertices=vertices, holes=holes)  # type: ignore[arg-type]  # read in the class
    _ = made.rings
    return made
