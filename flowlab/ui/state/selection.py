"""A selected region of a drawing that can be moved and turned."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from flowlab.core.array_types import Doubles

Point = tuple[float, float]
LIMIT_SHIFT, LIMIT_TURN = 100.0, 3600.0


@dataclass(frozen=True, eq=False)
class Selection:
    """A polygon (n, 2) of the plane, shifted, and turned in degrees about its centroid."""

    corners: Doubles
    shift: Point = (0.0, 0.0)
    turn: float = 0.0
    rings: tuple[Doubles, ...] = ()  # the outlines that `corners` joins, if it joins several

    @classmethod
    def around(cls, rings: tuple[Doubles, ...]) -> Selection:
        """The region inside these outlines, by the even-odd rule."""
        if len(rings) == 1:
            return cls(rings[0])
        from flowlab.core.distributions.regions import keyhole

        return cls(keyhole(rings), rings=rings)

    @property
    def moved(self) -> bool:
        """True if applying it would change the drawing."""
        return self.shift != (0.0, 0.0) or self.turn != 0.0

    @property
    def centre(self) -> Point:
        """The present centroid."""
        x, y = centroid(self.corners)
        return x + self.shift[0], y + self.shift[1]

    def outline(self) -> Doubles:
        """The polygon (n, 2) at its present place."""
        return self._placed(self.corners)

    def outlines(self) -> tuple[Doubles, ...]:
        """Each of its outlines (n, 2) at its present place."""
        return tuple(self._placed(ring) for ring in self.rings or (self.corners,))

    def settled(self) -> Selection:
        """The same region at its present place, as one that hasn't been moved."""
        return Selection.around(self.outlines())

    def _placed(self, points: Doubles) -> Doubles:
        angle = math.radians(self.turn)
        turned = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        middle = np.array(centroid(self.corners))
        return (points - middle) @ turned + middle + np.array(self.shift)

    def contains(self, point: Point) -> bool:
        """Return True if the outline contains a point, by the even-odd rule."""
        return inside(self.outline(), point)

    def shifted(self, grip: Point, to: Point) -> Selection:
        """Return the selection dragged from `grip` to `to`."""
        x = self.shift[0] + to[0] - grip[0]
        y = self.shift[1] + to[1] - grip[1]
        return replace(self, shift=(_within(x, LIMIT_SHIFT), _within(y, LIMIT_SHIFT)))

    def turned(self, grip: Point, to: Point, snap: float = 0.0) -> Selection:
        """Return the selection turned about its centroid by the angle from `grip` to `to`."""
        step = _bearing(self.centre, to) - _bearing(self.centre, grip)
        turn = self.turn + (step + 180.0) % 360.0 - 180.0
        turn = round(turn / snap) * snap if snap else turn
        return replace(self, turn=_within(turn, LIMIT_TURN))


def centroid(corners: Doubles) -> Point:
    """Centroid of a polygon's area; of its corners if the area vanishes."""
    middle = corners.mean(axis=0)
    a = corners - middle
    b = np.roll(a, -1, axis=0)
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    area = cross.sum() / 2
    if abs(area) < 1e-9:
        return float(middle[0]), float(middle[1])
    x, y = middle + ((a + b) * cross[:, None]).sum(axis=0) / (6 * area)
    return float(x), float(y)


def inside(corners: Doubles, point: Point) -> bool:
    """True if the polygon contains the point, by the even-odd rule."""
    x, y = point
    a, b = corners, np.roll(corners, -1, axis=0)
    across = (a[:, 1] > y) != (b[:, 1] > y)
    a, b = a[across], b[across]
    hits = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return bool(np.count_nonzero(hits > x) % 2)


def _bearing(centre: Point, point: Point) -> float:
    return math.degrees(math.atan2(point[1] - centre[1], point[0] - centre[0]))


def _within(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
