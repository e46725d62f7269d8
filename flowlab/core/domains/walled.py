"""Domains between straight walls: polygons with or without holes, and triangles."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.core.document.arguments import row_of, rows_of
from flowlab.core.document.limits import Invalid, choice, data, number
from flowlab.core.document.shapes import FURTHEST, Pairs
from flowlab.core.domains.domain import Domain, Rings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from flowlab.core.array_types import Bools, Doubles, Ints
    from flowlab.core.domains.cleaning import Cleaned
    from flowlab.core.domains.results import NearestWall, Paths
    from flowlab.core.domains.walls import Walls

MOST_VERTICES = 4_000
LEAST = 1e-6  # of how far it lies from 0: a smaller domain has too few numbers inside
CROSS = "Give holes as holes; for several rooms let the stroke cross itself."
KEPT = 16  # domains whose walls are kept ready


@dataclass(frozen=True)
class Walled(Domain):
    """A domain whose walls are the edges of rings."""

    @property
    def area(self) -> float:
        """The area without the holes."""
        return float(sum(_signed_area(ring) for ring in self.rings))

    @property
    def perimeter(self) -> float:
        """The length of all walls, those of holes too."""
        return float(_walls(self).length.sum())

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The smallest box around the domain: x0, y0, x1, y1."""
        from flowlab.core.domains.walls import box_of

        return box_of(self.rings)

    @property
    def ring_rooms(self) -> tuple[int, ...]:
        """The room to which each ring belongs."""
        return (0,) * len(self.rings)

    def nearest(self, x: Doubles) -> NearestWall:
        """The walls nearest to points (n, 2)."""
        return _walls(self).nearest(x)

    def depth_beyond(self, x: Doubles) -> Doubles:
        """How far (n,) points lie outside; 0 inside."""
        outside, near = _walls(self).beyond(x)
        depth = np.zeros(len(x))
        depth[outside] = -near.distance
        return depth

    def outside(self, x: Doubles, slack: float) -> Bools:
        """True (n,) for points further beyond the walls than a slack."""
        return _walls(self).outside(x, slack)

    def within(self, x: Doubles) -> Doubles:
        """The points (n, 2), those outside moved to the nearest wall."""
        outside, near = _walls(self).beyond(x)
        moved = x.copy()
        moved[outside] = near.foot
        return moved

    def follow(self, x: Doubles, step: Doubles, recorded: int = 0) -> Paths:
        """The reflected paths of particles, with the hits of the first `recorded` ones."""
        from flowlab.core.domains import billiard

        return billiard.follow(_walls(self), x, step, recorded)

    def room_of(self, x: Doubles) -> Ints:
        """The room (n,) of each point of the domain, counted from 0."""
        if not any(self.ring_rooms):
            return super().room_of(x)
        walls = _walls(self)
        return walls.room[walls.nearest_edge(x)]

    def draw(self, n: int, rng: torch.Generator) -> Tensor:
        """Uniform samples (n, 2), float64."""
        from flowlab.core.distributions.polygons import draw_in_triangles

        triangles, share, alias, _ = _filling(self)
        return draw_in_triangles(triangles, share, alias, n, rng)


@functools.lru_cache(KEPT)
def _walls(domain: Walled) -> Walls:
    """The edges with their grids, made once for equal domains."""
    from flowlab.core.domains.walls import Walls

    return Walls(domain.rings, domain.ring_rooms, domain.slack)


@functools.lru_cache(KEPT)
def _filling(domain: Walled) -> tuple[Tensor, Tensor, Tensor, float]:
    from flowlab.core.distributions.polygons import filling

    return filling(*domain.rings)


def _signed_area(ring: Doubles) -> float:
    x, y = (ring - ring.mean(axis=0)).T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


@dataclass(frozen=True, kw_only=True)
class Triangle(Walled):
    """An equilateral triangle, or a right one with two equal legs, about its centre of mass."""

    kind: str = choice(
        "equilateral",
        {"equilateral": "Equilateral", "right": "Right, isosceles"},
        "Triangle",
        "Reflected images of both fill the plane",
    )
    side: float = number(1.0, 1e-6, 1e6, "Side", "Of the right triangle a leg")
    center: tuple[float, float] = data((0.0, 0.0), "Centre", "The centre of mass")

    def __post_init__(self) -> None:
        super().__post_init__()
        set_center(self)

    @property
    def rings(self) -> Rings:
        """The three corners."""
        height = math.sqrt(0.75)
        corners = {
            "equilateral": [(-0.5, -height / 3), (0.5, -height / 3), (0.0, 2 * height / 3)],
            "right": [(-1 / 3, -1 / 3), (2 / 3, -1 / 3), (-1 / 3, 2 / 3)],
        }
        return (np.array(corners[self.kind]) * self.side + self.center,)


@dataclass(frozen=True, kw_only=True)
class Polygon(Walled):
    """What a closed stroke encloses, without its holes; convex or not, in one room or several."""

    vertices: Pairs = data((), "Vertices", "x, y of each corner", columns=("x", "y"))
    holes: tuple[Pairs, ...] = data((), "Holes", "The corners of each")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "vertices", _corners(self.vertices, "The walls"))
        if not hasattr(self.holes, "__len__"):
            raise Invalid("Holes must be a list of polygons, each a list of rows x, y.")
        holes = tuple(_corners(hole, "A hole") for hole in self.holes)
        object.__setattr__(self, "holes", holes)
        if len(self.vertices) + sum(map(len, holes)) > MOST_VERTICES:
            raise Invalid(f"Walls can have at most {MOST_VERTICES:,} vertices; leave some out.")

    @property
    def rings(self) -> Rings:
        """The walls as closed polygons: outer ones counter-clockwise, holes clockwise."""
        return _cleaned(self).rings

    @property
    def ring_rooms(self) -> tuple[int, ...]:
        """The room to which each ring belongs."""
        return _cleaned(self).rooms

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed to make walls of what was given, a sentence each."""
        return _cleaned(self).notes


def _corners(given: Any, name: str) -> Pairs:
    """Corners as documents hold them; raises `Invalid`."""
    if _are_several(given):
        raise Invalid(f"{name} must be one closed stroke, not several outlines. {CROSS}")
    corners: Pairs = rows_of(given, 2, f"{name}: the vertices")  # type: ignore[assignment]
    if len(corners) < 3:
        raise Invalid(f"{name} must have at least 3 vertices, not {len(corners)}.")
    if not all(abs(value) <= FURTHEST for row in corners for value in row):  # NaN is not
        raise Invalid(f"{name} must have finite vertices, of at most {FURTHEST:.0e} in size.")
    return corners


def _are_several(given: Any) -> bool:
    """True for a list of outlines in place of one."""
    try:
        return bool(np.ndim(given[0][0]) > 0)
    except (TypeError, LookupError, ValueError):
        return False


@functools.lru_cache(KEPT)
def _cleaned(polygon: Polygon) -> Cleaned:
    from flowlab.core.domains.cleaning import clean

    return clean(np.array(polygon.vertices), [np.array(hole) for hole in polygon.holes])


def set_center(domain: Any) -> None:
    """Make the centre of a frozen domain a pair of numbers; raises `Invalid`."""
    center = row_of(domain.center, "The centre", 2)
    if not all(abs(value) <= FURTHEST for value in center):  # NaN is not
        raise Invalid(f"The centre must be finite, of at most {FURTHEST:.0e} in size.")
    object.__setattr__(domain, "center", center)
    if domain.size < LEAST * max(map(abs, center)):
        raise Invalid("The domain is too small for numbers this far from 0; move it nearer.")
