"""The growing path of a gesture."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles

Point = tuple[float, float]

LONGEST = 5000  # points of a stroke


class Trace:
    """Points x, y, pressure, no two closer than `spacing`; thinned out when there are too many."""

    def __init__(self, spacing: float) -> None:
        self.spacing = spacing
        self._points = np.empty((LONGEST, 3))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def points(self) -> Doubles:
        """The path (n, 3) so far."""
        return self._points[: self._count]

    def add(self, x: float, y: float, pressure: float, *, last: bool = False) -> bool:
        """Append a point; return False if it is too near, which the `last` one may be."""
        if self._count:
            x0, y0, _ = self._points[self._count - 1]
            gone = math.hypot(x - x0, y - y0)
            if gone < (1e-9 if last else self.spacing):
                return False
        if self._count == LONGEST:
            self._thin()
        self._points[self._count] = x, y, pressure
        self._count += 1
        return True

    def _thin(self) -> None:
        """Drop every second point, and double the spacing from here on."""
        points = self._points[::2].copy()
        self._count = len(points)
        self._points[: self._count] = points
        self.spacing *= 2


def level(points: list[Point] | Doubles) -> Doubles:
    """The points as rows x, y, 1: outlines have no pressure."""
    corners = np.asarray(points, float)[:, :2]
    return np.column_stack([corners, np.ones(len(corners))])


def snapped(start: Point, end: Point, degrees: float) -> Point:
    """The end, turned about the start to the nearest multiple of an angle, at the same distance."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    step = math.radians(degrees)
    angle = round(math.atan2(dy, dx) / step) * step
    length = math.hypot(dx, dy)
    return start[0] + length * math.cos(angle), start[1] + length * math.sin(angle)
