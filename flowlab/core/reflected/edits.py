"""Edits of walls, and of the point that particles start from; imports no torch."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.settings import FARTHEST, MOST_RINGS, Point, Reflected, Ring

if TYPE_CHECKING:
    import shapely

    from flowlab.core.array_types import Doubles
    from flowlab.core.domains import Domain

SMALLEST, LARGEST = 0.1, 100.0  # limits of the settings `width` and `height`
FARTHEST_CENTRE = 50.0
FEWEST = 3  # corners of a ring
TOO_FEW = "Walls need three corners: this one stays."
TOO_MANY = f"There are {MOST_RINGS - 1} holes already."
ROUND = 72  # corners of a disc that becomes drawn
_DIGITS = 4


def with_walls(settings: Reflected, **changes: Any) -> Reflected:
    """The settings with other walls, and the one point moved between them.

    Raises `Invalid` for walls that enclose nothing, and for holes that are not inside them.
    """
    changed = replace(settings, **changes)
    walls_of(changed)
    return with_start_inside(changed)


def with_start_inside(settings: Reflected) -> Reflected:
    """The settings with their one point between the walls."""
    x, y = place_inside(walls_of(settings), (settings.start_x, settings.start_y))
    return replace(settings, start_x=x, start_y=y)


def place_inside(domain: Domain, place: Point) -> Point:
    """The nearest place between the walls, which stays there when its digits are rounded.

    By shapely, since a domain's own grid takes longer to make than a drag may wait.
    """
    import shapely

    walls, point = _region(domain.rings), shapely.Point(place)
    if walls.covers(point):
        return place
    for share in (1e-4, 1e-3, 1e-2):
        inner = walls.buffer(-share * domain.size)
        if not inner.is_empty:
            near = shapely.shortest_line(inner, point).coords[0]
            x, y = (round(value, _DIGITS) for value in near)
            if walls.covers(shapely.Point(x, y)):
                return x, y
    x, y = walls.representative_point().coords[0]
    return x, y


def _region(rings: tuple[Doubles, ...]) -> shapely.Geometry:
    """What lies between rings: outer ones counter-clockwise, holes clockwise."""
    import shapely

    parts = [shapely.LinearRing(ring) for ring in rings]
    outer = [shapely.Polygon(part) for part in parts if part.is_ccw]
    holes = [shapely.Polygon(part) for part in parts if not part.is_ccw]
    return shapely.union_all(outer).difference(shapely.union_all(holes))


# made to measure


def centre_of(settings: Reflected) -> Point:
    """The place about which walls are resized."""
    if settings.walls != "drawn":
        return settings.center_x, settings.center_y
    x0, y0, x1, y1 = walls_of(settings).bounds
    return (x0 + x1) / 2, (y0 + y1) / 2


def moved(settings: Reflected, dx: float, dy: float) -> Reflected:
    """The walls moved, as far as their settings allow."""
    if settings.walls == "drawn":
        rings = tuple(tuple((x + dx, y + dy) for x, y in ring) for ring in settings.outline)
        return with_walls(settings, outline=_rounded(rings))
    x, y = (
        min(max(value, -FARTHEST_CENTRE), FARTHEST_CENTRE)
        for value in (settings.center_x + dx, settings.center_y + dy)
    )
    return with_walls(settings, center_x=round(x, 3), center_y=round(y, 3))


def resized(settings: Reflected, across: float, up: float | None = None) -> Reflected:
    """The walls `across` times as wide, and `up` times as high, about their centre."""
    up = across if up is None else up
    if settings.walls == "drawn":
        return with_walls(settings, outline=scaled(settings.outline, centre_of(settings), across))
    height = {"height": _size(settings.height * up)} if settings.walls == "rectangle" else {}
    return with_walls(settings, width=_size(settings.width * across), **height)


def scaled(rings: tuple[Ring, ...], about: Point, factor: float) -> tuple[Ring, ...]:
    """The rings `factor` times as large."""
    (a, b), s = about, max(factor, 1e-3)
    return _rounded(tuple(tuple((a + s * (x - a), b + s * (y - b)) for x, y in r) for r in rings))


def _size(value: float) -> float:
    return round(float(min(max(value, SMALLEST), LARGEST)), 3)


def reach(settings: Reflected, place: Point) -> float:
    """How large a place would make walls that pass through it, 1 for one on the present walls.

    Of convex walls; the centre has 0.
    """
    x, y = (value - c for value, c in zip(place, centre_of(settings), strict=True))
    if settings.walls == "disc":
        return math.hypot(x, y) / (settings.width / 2)
    ring = walls_of(settings).rings[0] - centre_of(settings)
    edge = np.roll(ring, -1, axis=0) - ring
    outwards = np.column_stack([edge[:, 1], -edge[:, 0]])
    return float((outwards @ (x, y) / (outwards * ring).sum(axis=1)).max())


# corners of drawn walls


def with_corner(settings: Reflected, ring: int, k: int, place: Point) -> Reflected:
    """Drawn walls with a corner of a ring moved to a place."""
    corners = settings.outline[ring]
    return with_ring(settings, ring, (*corners[:k], place, *corners[k + 1 :]))


def with_new_corner(settings: Reflected, ring: int, k: int, place: Point) -> Reflected:
    """Drawn walls with another corner on the edge that begins at corner k."""
    corners = settings.outline[ring]
    return with_ring(settings, ring, (*corners[: k + 1], place, *corners[k + 1 :]))


def without_corner(settings: Reflected, ring: int, k: int) -> Reflected:
    """Drawn walls without a corner; a hole needs three, or it goes as a whole.

    Raises `Invalid` for the last three corners of the outer walls.
    """
    rings, corners = settings.outline, settings.outline[ring]
    if len(corners) <= FEWEST and ring:
        return with_walls(settings, outline=(*rings[:ring], *rings[ring + 1 :]))
    if len(corners) <= FEWEST:
        raise Invalid(TOO_FEW)
    return with_ring(settings, ring, (*corners[:k], *corners[k + 1 :]))


def with_ring(settings: Reflected, ring: int, corners: Ring) -> Reflected:
    """Drawn walls with other corners of one ring."""
    rings = settings.outline
    return with_walls(
        settings, outline=_rounded((*rings[:ring], corners, *rings[ring + 1 :])), walls="drawn"
    )


def with_hole(settings: Reflected, hole: Ring) -> Reflected:
    """The walls with one more hole; those made to measure become drawn ones.

    Raises `Invalid` for a hole that is not inside them.
    """
    rings = settings.outline if settings.walls == "drawn" else as_drawn(settings)
    if len(rings) >= MOST_RINGS:
        raise Invalid(TOO_MANY)
    return with_walls(settings, walls="drawn", outline=(*rings, hole))


def as_drawn(settings: Reflected) -> tuple[Ring, ...]:
    """Walls made to measure as rings of corners, few enough to be dragged one by one."""
    rings = (ring[:: max(1, len(ring) // ROUND)].tolist() for ring in walls_of(settings).rings)
    return _rounded(tuple(tuple((x, y) for x, y in ring) for ring in rings))


def crosses(settings: Reflected) -> bool:
    """True if the drawn walls cross or touch themselves, so that they were cleaned."""
    from flowlab.core.domains.cleaning import CROSSED, TOUCHED  # shapely, not at first

    return not {CROSSED, TOUCHED}.isdisjoint(walls_of(settings).notes)


def _rounded(rings: tuple[Ring, ...]) -> tuple[Ring, ...]:
    size = max(max(abs(value) for point in ring for value in point) for ring in rings)
    if size > FARTHEST:
        raise Invalid(f"Drawn walls must lie between ±{FARTHEST:,.0f}.")
    return tuple(tuple((round(x, _DIGITS), round(y, _DIGITS)) for x, y in ring) for ring in rings)
