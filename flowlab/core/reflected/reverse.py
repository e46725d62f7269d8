"""Reverse processes between walls, which carry the uniform law to the data by the score.

With the noise's variance v(s) = sigma(s)^2 growing from the data, s = 0, the forward process is
dX = sqrt(dv/ds) dB + dL, and for every share gbar / g in [0, 1]

    dX = (1 + (gbar/g)^2) / 2 score dv + (gbar/g) sqrt(dv) dB + dL,   v falling,

has the same marginals in reverse: gbar = g is the reverse SDE of reflected diffusion models (Lou
and Ermon 2023, arXiv:2304.04740), gbar = 0 the probability-flow ODE, which needs no walls, because
the score has no component normal to them. (The forward form has a minus before the square.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.domains import Domain
from flowlab.core.solvers.ode import Cancelled

Noise = Callable[[int, int], Doubles]  # standard normal numbers (n, 2) of a step, and which draw


class Score(Protocol):
    """The score of p at the k-th of some noise levels."""

    def __call__(self, x: Doubles, k: int) -> Doubles:
        """The score (n, 2) at points (n, 2) between the walls."""


@dataclass(frozen=True, kw_only=True)
class Reverse:
    """How particles are carried from the noise to the data."""

    annealed: float = 1.0  # gbar / g
    guard: str = "reflect"  # or "project"
    heun: bool = False  # two scores a step, without noise only
    corrections: int = 0  # steps of constrained Langevin dynamics after each step
    snr: float = 0.16  # of their noise to the score, which sets their length
    denoise: bool = False  # end at the mean of the data that the last noise came from


@dataclass(eq=False)
class Carrier:
    """Particles on their way back, and how many steps would have left the walls."""

    domain: Domain
    score: Score
    variances: Doubles  # (K + 1,) falling from the noise to the data
    how: Reverse
    noise: Noise
    left: int = 0
    stopped: int = 0  # steps that had too many walls to meet
    evaluations: int = 0

    def points(
        self,
        x: Doubles,
        cancelled: Callable[[], bool] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Floats:
        """Positions (K + 1, n, 2), the starts first. Raises `Cancelled`."""
        count = len(self.variances) - 1
        points = np.empty((count + 1, len(x), 2), np.float32)
        points[0] = x
        for k, x in enumerate(self._steps(x)):  # noqa: B020
            if cancelled is not None and cancelled():
                raise Cancelled
            points[k + 1] = x
            if progress is not None:
                progress((k + 1) / count)
        return points

    def _steps(self, x: Doubles) -> Iterator[Doubles]:
        falls, last = -np.diff(self.variances), len(self.variances) - 2
        for k, fall in enumerate(falls):
            x = self._predicted(x, k, float(fall))
            for draw in range(self.how.corrections):
                x = self._corrected(x, k + 1, draw)
            if k == last and self.how.denoise:
                x = self._kept(x, float(self.variances[-1]) * self._score(x, k + 1))
            yield x

    def _predicted(self, x: Doubles, k: int, fall: float) -> Doubles:
        """Euler-Maruyama's step, or Heun's where there is no noise."""
        share = self.how.annealed
        slope = self._score(x, k)
        if share == 0 and self.how.heun:
            ahead = self.domain.within(x + fall / 2 * slope)
            slope = (slope + self._score(ahead, k + 1)) / 2
        step = (1 + share**2) / 2 * fall * slope
        if share > 0:
            step += share * np.sqrt(fall) * self.noise(k, 0)
        return self._kept(x, step)

    def _corrected(self, x: Doubles, k: int, draw: int) -> Doubles:
        """A step of dX = score/2 dt + dB + dL, whose noise is so much smaller than its drift."""
        slope, z = self._score(x, k), self.noise(k - 1, draw + 1)
        sizes = np.hypot(*z.T).mean(), np.hypot(*slope.T).mean()
        length = 2 * (self.how.snr * sizes[0] / max(sizes[1], 1e-12)) ** 2
        length = min(float(length), float(self.variances[0]))
        return self._kept(x, length * slope + np.sqrt(2 * length) * z)

    def _score(self, x: Doubles, k: int) -> Doubles:
        self.evaluations += 1
        return self.score(x, k)

    def _kept(self, x: Doubles, step: Doubles) -> Doubles:
        """The points moved by a step, kept inside; those that would leave are counted."""
        if self.how.guard == "project":
            free = x + step
            moved = self.domain.within(free)
            self.left += int((moved != free).any(axis=1).sum())
            return moved
        paths = self.domain.follow(x, step)
        self.left += int((paths.bounces > 0).sum())
        self.stopped += paths.stopped
        return paths.points
