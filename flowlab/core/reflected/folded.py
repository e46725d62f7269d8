"""Reflected flows: dx = v(x, t) dt + dL, where the walls' push dL keeps particles inside.

Each step of a Runge-Kutta method is a straight line that the walls fold, as in reflected flow
matching (Xie et al. 2024, arXiv:2405.16577). So are the ways to its stages: the velocity at a
folded point is turned back by the same reflections before it is added to those of other stages, as
if the plane beyond a wall were its mirror image. If v has no component normal to the walls, that
image is continuous, and the method keeps its order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.domains import Domain
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.solvers.tableaux import Tableau

Velocity = Callable[[Doubles, float], Doubles]


@dataclass(frozen=True, eq=False)
class Fold:
    """Where steps end, and how the walls turned them: an orthogonal map for each particle."""

    points: Doubles  # (n, 2)
    met: Bools  # (n,) a wall
    begin: Doubles  # (n, 2) of length 1, the step's direction
    end: Doubles  # (n, 2) the same behind the last wall
    sign: Doubles  # (n,) -1 where an odd number of walls mirrored the plane
    stopped: int = 0  # that had too many walls to meet

    @classmethod
    def of(cls, domain: Domain, x: Doubles, step: Doubles) -> Fold:
        """The steps (n, 2) of points x (n, 2), folded."""
        paths = domain.follow(x, step, len(x))
        begin, _ = _directions(step)
        end, sign = begin.copy(), np.ones(len(x))
        if paths.hits is not None and len(paths.hits.particle):
            hits = paths.hits
            last = np.flatnonzero(np.diff(hits.particle, append=-1))
            who = hits.particle[last]
            direction, known = _directions(paths.points[who] - hits.place[last])
            who = who[known]
            end[who] = direction[known]
            sign[who] = 1.0 - 2.0 * (paths.bounces[who] % 2)
        return cls(paths.points, paths.bounces > 0, begin, end, sign, paths.stopped)

    def back(self, v: Doubles) -> Doubles:
        """Velocities (n, 2) at the folded points, in the directions before the walls."""
        along = (v * self.end).sum(axis=1)
        across = self.sign * (v[:, 1] * self.end[:, 0] - v[:, 0] * self.end[:, 1])
        (bx, by) = self.begin.T
        return np.stack([along * bx - across * by, along * by + across * bx], axis=1)


def _directions(step: Doubles) -> tuple[Doubles, Bools]:
    """Steps (n, 2) of length 1, and which have a direction."""
    length = np.hypot(*step.T)
    known = length > 0
    direction = step / np.where(known, length, 1.0)[:, None]
    direction[~known] = 1.0, 0.0
    return direction, known


@dataclass(eq=False)
class Folded:
    """Particles on their way from t = 0 to t = 1, and how many steps met a wall."""

    domain: Domain
    velocity: Velocity
    tableau: Tableau
    met: int = 0
    stopped: int = 0
    evaluations: int = 0
    _lost: Bools = field(default_factory=lambda: np.zeros(0, bool))

    def points(
        self,
        x: Doubles,
        times: Doubles,
        parts: int = 1,
        cancelled: Callable[[], bool] | None = None,
    ) -> Floats:
        """Positions ((K - 1) * parts + 1, n, 2) at the K times, with so many parts of each step.

        Particles whose velocity isn't finite are NaN from then on. Raises `Cancelled`.
        """
        points = np.empty(((len(times) - 1) * parts + 1, len(x), 2), np.float32)
        points[0], self._lost = x, np.zeros(len(x), bool)
        v = self._known(x, float(times[0]))
        for k, (t, later) in enumerate(zip(times[:-1].tolist(), times[1:].tolist(), strict=True)):
            if cancelled is not None and cancelled():
                raise Cancelled
            h = later - t
            step = self._step(x, t, h, v)
            fold = Fold.of(self.domain, x, step)
            self.met += int(fold.met.sum())
            self.stopped += fold.stopped
            begin, v = v, self._known(fold.points, later)
            for part in range(1, parts):
                way = self._part(step, h * begin, h * fold.back(v), part / parts)
                points[k * parts + part] = self.domain.follow(x, way).points
            x = fold.points
            points[(k + 1) * parts] = x
            points[k * parts + 1 : (k + 1) * parts + 1, self._lost] = np.nan
        self.evaluations -= len(times) > 1  # the last one is for the picture only
        return points

    def _step(self, x: Doubles, t: float, h: float, v: Doubles) -> Doubles:
        """One step of the method without its fold, whose first velocity is known."""
        k = [v]
        for node, row in zip(self.tableau.nodes[1:], self.tableau.stages, strict=True):
            fold = Fold.of(self.domain, x, h * _sum(row, k))
            k.append(fold.back(self._known(fold.points, t + node * h)))
        return h * _sum(self.tableau.weights, k)

    def _part(self, step: Doubles, begin: Doubles, end: Doubles, s: float) -> Doubles:
        """The way (n, 2) after a share s of a step: a cubic, or of Euler's the straight line."""
        if not self.tableau.stages:
            return s * step
        s2, s3 = s * s, s * s * s
        way: Doubles = (3 * s2 - 2 * s3) * step + (s3 - 2 * s2 + s) * begin + (s3 - s2) * end
        return way

    def _known(self, x: Doubles, t: float) -> Doubles:
        """The velocity; 0 where it isn't finite, which is noted."""
        self.evaluations += 1
        v = self.velocity(x, min(t, 1.0))
        lost = ~(np.abs(v).max(axis=1) < _LOST)
        if lost.any():
            self._lost |= lost
            v = np.where(lost[:, None], 0.0, v)
        return v


_LOST = 1e9  # a speed that means nothing any more


def _sum(weights: tuple[float, ...], k: list[Doubles]) -> Doubles:
    total: Doubles = sum(w * v for w, v in zip(weights, k, strict=True) if w)  # type: ignore[assignment]
    return total
