"""What a hand draws, as a ring of corners; imports no torch."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import AnyArray
from flowlab.core.document.limits import Invalid
from flowlab.core.reflected.settings import FARTHEST, Ring

MOST = 300  # corners of one stroke
LINE = "A line encloses no area: draw around what is to be enclosed."
GAP = 16.0  # pixels between the ends of a stroke that isn't closed


def ring_of(points: AnyArray, pixel: float) -> Ring:
    """The corners of a stroke (n, 2), without those that change it by less than a pixel.

    Raises `Invalid` for a straight line.
    """
    import shapely  # not for the first frame

    path, tolerance = np.asarray(points, float), pixel
    if len(path) > 2:
        line = shapely.LineString(path)
        path = np.asarray(line.simplify(tolerance).coords)
        while len(path) > MOST:
            tolerance *= 1.5
            path = np.asarray(line.simplify(tolerance).coords)
    if len(path) < 3:
        raise Invalid(LINE)
    return rounded(path, pixel)


def rounded(corners: AnyArray, pixel: float) -> Ring:
    """Corners (n, 2) to a hundredth of a pixel, within the limits of walls."""
    digits = max(0, 2 - math.floor(math.log10(pixel)))
    near = np.clip(np.asarray(corners, float), -FARTHEST, FARTHEST)
    return tuple((round(x, digits), round(y, digits)) for x, y in near.tolist())


def is_open(points: AnyArray, pixel: float) -> bool:
    """True for a stroke (n, 2) whose ends lie apart, so that a straight wall joins them."""
    gap = math.dist(points[0].tolist(), points[-1].tolist())
    return gap > GAP * pixel
