"""What of the walls lies at a place of the plane."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.edits import centre_of
from flowlab.core.reflected.settings import Point, Reflected
from flowlab.scene.reflected.grips import MOST, Grip, has_corners

REACH, NEAR = 9.0, 48.0  # px: of what is taken hold of, and at which grips appear
WALL = 6.0  # px: of a wall, which is long enough


def grip_at(
    settings: Reflected, place: Point, pixel: float, *, point: bool = False
) -> tuple[Grip | None, bool]:
    """What lies within reach of a place, and whether the walls or their centre are near.

    With `point` that is also the one point that particles start from.
    """
    rings = _rings(settings)
    if not rings:
        return None, False
    centre = centre_of(settings)
    spots = [("centre", centre)]
    if point:
        spots.insert(0, ("start", (settings.start_x, settings.start_y)))
    away, ring, k = _nearest_edge(rings, place)
    near = min(away, math.dist(centre, place)) <= NEAR * pixel
    for kind, spot in spots:
        if math.dist(spot, place) <= REACH * pixel:
            return (kind, 0, 0), True
    corner = _corner(settings, place, REACH * pixel)
    if corner is not None:
        return corner, True
    if away > WALL * pixel:
        return None, near
    adds = has_corners(settings) and sum(map(len, settings.outline)) < MOST
    return (("edge", ring, k) if adds else ("wall", 0, 0)), True


def _rings(settings: Reflected) -> list[Doubles]:
    """The rings as they are edited: what was drawn, before it was cleaned."""
    try:
        walls = walls_of(settings).rings
    except Invalid:
        return []
    return [np.array(ring) for ring in settings.outline] if settings.walls == "drawn" else [*walls]


def _nearest_edge(rings: list[Doubles], place: Point) -> tuple[float, int, int]:
    """The distance to the nearest wall, its ring, and the corner where its edge begins."""
    found = []
    for number, ring in enumerate(rings):
        edge = np.roll(ring, -1, axis=0) - ring
        to = np.array(place) - ring
        length = np.maximum((edge * edge).sum(axis=1), 1e-300)
        share = np.clip((to * edge).sum(axis=1) / length, 0.0, 1.0)
        away = np.hypot(*(to - share[:, None] * edge).T)
        k = int(away.argmin())
        found.append((float(away[k]), number, k))
    return min(found)


def _corner(settings: Reflected, place: Point, reach: float) -> Grip | None:
    if not has_corners(settings):
        return None
    found = [
        (math.dist(corner, place), number, k)
        for number, ring in enumerate(settings.outline)
        for k, corner in enumerate(ring)
    ]
    away, number, k = min(found)
    return ("corner", number, k) if away <= reach else None
