"""Walls from what a person drew: strokes are closed, crossings resolved, holes cut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.polygon import orient

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid

STROKE = 16  # so many points are a stroke by hand, whose ends need not meet
OPEN = 3.0  # medians of the edges: a longer gap between the ends is a wall that nobody drew
SPECK = 1e-4  # of the area: smaller loops are slips of the hand
LEAST = 1e-6  # of how far they lie from 0: smaller walls have too few numbers inside
MANY = 500  # corners: of more, those that aren't seen are left out
UNSEEN = 1e-4  # of the size, by which the walls then change at most
FLAT = 1e-9  # of the square of the size: less is no area
GAP = 1e-7  # of the size, which is left between rings that would touch

ROOMS = "Walls are one closed stroke: where it crosses itself it makes several rooms."
CROSSED = "The walls crossed themselves: what they enclose was kept, without the crossings."
CLOSED = "The ends of the stroke were joined by a straight wall."
SPECKS = "Tiny loops of the stroke were left out."
THINNED = "Corners that change the walls by less than can be seen were left out."
JOINED = "Holes that overlap were joined."
TOUCHED = "Walls that touched were moved apart by less than can be seen."


@dataclass(frozen=True)
class Cleaned:
    """Rings, outer ones counter-clockwise and holes clockwise, and what was done to get them."""

    rings: tuple[Doubles, ...]
    rooms: tuple[int, ...]  # of each ring
    notes: tuple[str, ...]


def clean(vertices: Doubles, holes: Sequence[Doubles] = ()) -> Cleaned:
    """The walls of a closed stroke with holes; raises `Invalid` if they enclose nothing."""
    notes = list[str]()
    region = _region(vertices, "The walls", notes)
    if holes:
        region = _without(region, [_region(hole, "A hole", notes) for hole in holes], notes)
    region = _apart(region, np.ptp(vertices, axis=0).max(), notes)
    rings, rooms = _rings(region)
    return Cleaned(rings, rooms, tuple(dict.fromkeys(notes)))


def _region(vertices: Doubles, name: str, notes: list[str]) -> shapely.Geometry:
    """What one closed stroke enclosed: every place around which it winds."""
    corners = _distinct(vertices)
    size = np.ptp(vertices, axis=0).max()
    if size < LEAST * np.abs(vertices).max() or not size:
        raise Invalid(f"{name} enclose no area that numbers this far from 0 can tell apart.")
    if len(corners) < 3 or shapely.MultiPoint(corners).convex_hull.area <= FLAT * size**2:
        raise Invalid(f"{name} must enclose an area; move a corner off the line.")
    if _is_open(corners, vertices):
        notes.append(CLOSED)
    region = shapely.Polygon(corners)
    if not region.is_valid:
        notes.append(CROSSED)
        region = _wound(corners)
    if region.area <= FLAT * size**2:
        raise Invalid(f"{name} must enclose an area; draw around it once.")
    region = _without_specks(region, notes)
    if shapely.get_num_coordinates(region) <= MANY:
        return region
    notes.append(THINNED)
    return region.simplify(UNSEEN * size)


def _distinct(vertices: Doubles) -> Doubles:
    """The corners without repetitions, the first at the end too."""
    size = np.ptp(vertices, axis=0).max()
    step = vertices - np.roll(vertices, 1, axis=0)
    corners: Doubles = vertices[np.hypot(step[:, 0], step[:, 1]) > 1e-9 * size]
    return corners


def _is_open(corners: Doubles, vertices: Doubles) -> bool:
    """True for a stroke by hand whose ends lie far apart."""
    edges = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    gap = np.hypot(*(vertices[0] - vertices[-1]))
    return len(corners) >= STROKE and bool(gap > OPEN * np.median(lengths))


def _wound(corners: Doubles) -> shapely.Geometry:
    """The union of all faces around which the closed stroke winds."""
    lines = shapely.node(shapely.LinearRing(corners))
    faces = shapely.get_parts(shapely.polygonize([lines]))
    return shapely.union_all([face for face in faces if _winds(corners, face)])


def _winds(corners: Doubles, face: shapely.Geometry) -> bool:
    inner = face.representative_point()
    a = corners - (inner.x, inner.y)
    b = np.roll(a, -1, axis=0)
    turns = np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1)).sum()
    return bool(round(turns / (2 * np.pi)))


def _without_specks(region: shapely.Geometry, notes: list[str]) -> shapely.Geometry:
    """The region without rooms and holes too small to be meant."""
    least = SPECK * region.area
    rooms = [room for room in shapely.get_parts(region) if room.area >= least]
    kept = [
        shapely.Polygon(r.exterior, [h for h in r.interiors if shapely.Polygon(h).area >= least])
        for r in rooms
    ]
    same = sum(shapely.get_num_interior_rings(kept)) == _holes(region)
    if len(kept) < len(shapely.get_parts(region)) or not same:
        notes.append(SPECKS)
    return kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept)


def _holes(region: shapely.Geometry) -> int:
    return int(shapely.get_num_interior_rings(shapely.get_parts(region)).sum())


def _without(
    region: shapely.Geometry, holes: list[shapely.Geometry], notes: list[str]
) -> shapely.Geometry:
    """The region without its holes, which must lie inside its walls."""
    for hole in holes:
        if not region.intersects(hole):
            raise Invalid(
                f"A hole lies outside the walls; move it inside, or leave it out. {ROOMS}"
            )
        if not shapely.contains_properly(region, hole):
            raise Invalid("A hole crosses or touches the walls; move it inside, or make it less.")
    whole = shapely.union_all(holes)
    if len(shapely.get_parts(whole)) < sum(len(shapely.get_parts(hole)) for hole in holes):
        notes.append(JOINED)
    return region.difference(whole)


def _apart(region: shapely.Geometry, size: float, notes: list[str]) -> shapely.Geometry:
    """The region with a gap between rings that touch at a corner, so that sides can be told."""
    corners = np.concatenate(_rings(region)[0])
    if len(np.unique(corners, axis=0)) == len(corners):
        return region
    notes.append(TOUCHED)
    mitred = {"join_style": "mitre", "mitre_limit": 1e3}
    return region.buffer(-GAP * size, **mitred).buffer(GAP * size / 2, **mitred)


def _rings(region: shapely.Geometry) -> tuple[tuple[Doubles, ...], tuple[int, ...]]:
    """The rings of each room, its outer one first, and to which room each belongs."""
    rings, rooms = list[Doubles](), list[int]()
    for room, part in enumerate(shapely.get_parts(region)):
        part = orient(part)
        for ring in (part.exterior, *part.interiors):
            rings.append(_distinct(np.asarray(ring.coords)[:-1]))
            rooms.append(room)
    return tuple(rings), tuple(rooms)
