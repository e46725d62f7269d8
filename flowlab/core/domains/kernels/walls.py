"""The walls of a polygon as images see them: smooth stretches, and the corners between them."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowlab.core.array_types import Doubles, Ints

_CORNER = 0.35  # radians: a sharper turn is a corner, a lesser one part of a curve


@dataclass(frozen=True, eq=False)
class Corner:
    """A vertex where the wall turns sharply.

    `angle` is the interior one, below pi where the corner is convex; `along` the direction of the
    wall that leaves it, from which the interior opens to the left.
    """

    place: Doubles
    angle: float
    along: Doubles

    @property
    def convex(self) -> bool:
        """True if the interior angle is less than pi."""
        return self.angle < math.pi

    def polar(self, x: Doubles) -> tuple[Doubles, Doubles]:
        """Distance (n,) and angle (n,) from the leaving wall, in -pi ... pi."""
        z = x - self.place
        c, s = self.along
        return np.hypot(*z.T), np.arctan2(c * z[:, 1] - s * z[:, 0], z @ self.along)

    def opened_polar(self, x: Doubles) -> tuple[Doubles, Doubles]:
        """The same with angles in 0 ... `angle`; those behind a wall are put on it."""
        r, angle = self.polar(x)
        behind = (self.angle - 2 * math.pi) / 2  # half way round, outside
        angle = np.where(angle < behind, angle + 2 * math.pi, angle)
        return r, np.clip(angle, 0.0, self.angle)


@dataclass(frozen=True, eq=False)
class Stretch:
    """A run of edges without a corner, the interior on their left."""

    starts: Doubles  # (k, 2)
    directions: Doubles  # (k, 2)
    lengths: Doubles  # (k,)
    first: Corner | None  # None where the stretch is a whole ring
    last: Corner | None

    @functools.cached_property
    def arcs(self) -> Doubles:
        """Arc length (k + 1,) at each vertex."""
        return np.concatenate([[0.0], np.cumsum(self.lengths)])

    @property
    def length(self) -> float:
        """Arc length of all edges."""
        return float(self.arcs[-1])

    @property
    def straight(self) -> bool:
        """True for a single edge."""
        return len(self.lengths) == 1

    def along(self, distance: float) -> Doubles:
        """The point of the wall that far from its first end, or if negative from its last.

        At most half way.
        """
        way = min(abs(distance), self.length / 2)
        arc = way if distance >= 0 else self.length - way
        i = int(np.clip(np.searchsorted(self.arcs, arc, "right") - 1, 0, len(self.lengths) - 1))
        point: Doubles = self.starts[i] + (arc - self.arcs[i]) * self.directions[i]
        return point

    def foot(self, x: Doubles) -> tuple[Doubles, Doubles]:
        """Arc length (n,) of the nearest point of the wall and signed distance (n,) from it.

        At its ends a stretch goes on straight.
        """
        i = self._edge(x)
        low, high = np.zeros(len(self.lengths)), self.lengths.copy()
        if self.first is not None:
            low[0], high[-1] = -np.inf, np.inf
        direction, offset = self.directions[i], x - self.starts[i]
        t = np.clip((offset * direction).sum(1), low[i], high[i])
        offset = offset - t[:, None] * direction
        side = np.sign(direction[:, 0] * offset[:, 1] - direction[:, 1] * offset[:, 0])
        return self.arcs[i] + t, side * np.hypot(*offset.T)

    def _edge(self, x: Doubles) -> Ints:
        """The edge (n,) nearest to each point (n, 2)."""
        import shapely

        if self.straight:
            return np.zeros(len(x), np.intp)
        arc = shapely.line_locate_point(self._line, shapely.points(x))
        edge: Ints = np.searchsorted(self.arcs, arc, "right") - 1
        return np.clip(edge, 0, len(self.lengths) - 1)

    @functools.cached_property
    def _line(self) -> Any:
        """The stretch as one line for shapely."""
        import shapely

        last = self.starts[-1] + self.lengths[-1] * self.directions[-1]
        line = shapely.linestrings(np.concatenate([self.starts, last[None]]))
        shapely.prepare(line)
        return line

    @functools.cached_property
    def _headings(self) -> tuple[Doubles, Doubles]:
        """Arc lengths of the middles of the edges, and the wall's heading there."""
        angle = np.unwrap(np.arctan2(self.directions[:, 1], self.directions[:, 0]))
        middle = (self.arcs[:-1] + self.arcs[1:]) / 2
        if self.first is not None:
            return middle, angle
        around = angle[-1] + math.remainder(angle[0] - angle[-1], 2 * math.pi) - angle[0]
        turns = np.array([-1, 0, 1])[:, None]
        return (middle + turns * self.length).ravel(), (angle + turns * around).ravel()

    def curvature(self, arc: Doubles, width: Doubles) -> Doubles:
        """Mean curvature (n,) of the wall within `width` of an arc length."""
        middle, angle = self._headings
        ahead, behind = (np.interp(arc + s * width, middle, angle) for s in (1, -1))
        curvature: Doubles = (ahead - behind) / (2 * width)
        return curvature


def walls_of(
    rings: tuple[Doubles, ...],
) -> tuple[list[Stretch], list[tuple[Stretch, Stretch]]]:
    """The stretches of a polygon's rings, the interior on their left, and those that meet at a
    corner: the one before it and the one after.
    """
    stretches: list[Stretch] = []
    meetings: list[tuple[Stretch, Stretch]] = []
    for ring in rings:
        own = _stretches(_without_repeats(ring))
        stretches += own
        meetings += [(own[i - 1], s) for i, s in enumerate(own) if s.first is not None]
    return stretches, meetings


def _without_repeats(ring: Doubles) -> Doubles:
    """The vertices of a ring, each once."""
    ring = np.asarray(ring, dtype=np.float64)
    moved: Doubles = ring[(ring != np.roll(ring, -1, 0)).any(1)]
    return moved


def _stretches(ring: Doubles) -> list[Stretch]:
    edges = np.roll(ring, -1, 0) - ring
    lengths = np.hypot(*edges.T)
    directions = edges / lengths[:, None]
    before = np.roll(directions, 1, 0)
    cross = before[:, 0] * directions[:, 1] - before[:, 1] * directions[:, 0]
    turn = np.arctan2(cross, (before * directions).sum(1))  # at the start of each edge
    sharp = np.flatnonzero(np.abs(turn) > _CORNER)
    corners = {int(i): Corner(ring[i], math.pi - float(turn[i]), directions[i]) for i in sharp}
    if not corners:
        return [Stretch(ring, directions, lengths, None, None)]
    found = []
    for i, j in zip(sharp, [*sharp[1:], sharp[0] + len(ring)], strict=True):
        run = np.arange(i, j) % len(ring)
        ends = corners[int(i)], corners[int(j % len(ring))]
        found.append(Stretch(ring[run], directions[run], lengths[run], *ends))
    return found
