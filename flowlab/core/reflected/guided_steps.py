"""The ways to stay inside while data are generated, step by step: see `guided`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.domains import Domain
from flowlab.core.reflected.reverse import Noise, Score
from flowlab.core.solvers.ode import Cancelled

THRESHOLD, DYNAMIC, PROJECT, REFLECT, FLOW = "threshold", "dynamic", "project", "reflect", "flow"


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """One step of n particles, part by part, (n, 2) each."""

    slope: Doubles  # the score that it follows
    predicted: Doubles  # the mean of the next position by that score
    mean: Doubles  # the mean that is used: thresholded, if that is the way
    free: Doubles  # with the noise
    kept: Doubles  # where it ends
    stopped: int = 0  # particles that had too many walls to meet


class Carried(NamedTuple):
    """Particles on their way, and which of them reach beyond the walls."""

    points: Floats  # (K + 1, n, 2)
    shares: Doubles  # (2, K + 1) outside and on the walls
    left: float  # share of all steps that reach beyond the walls
    leavers: int  # particles of which some step does
    stopped: int  # steps that had too many walls to meet


@dataclass(frozen=True, eq=False)
class GuidedCarrier:
    """Particles carried to the data in one way."""

    domain: Domain
    name: str
    score: Score
    variances: Doubles  # (K + 1,) falling
    noise: Noise
    quantile: float

    def carried(self, x: Doubles, cancelled: Callable[[], bool] | None = None) -> Carried:
        """The particles from their starts (n, 2) to the data. Raises `Cancelled`."""
        points = np.empty((len(self.variances), len(x), 2), np.float32)
        shares, points[0], left = np.zeros((2, len(points))), x, 0
        leavers, stopped = np.zeros(len(x), bool), 0
        for k, step in enumerate(self._steps(x)):
            if cancelled is not None and cancelled():
                raise Cancelled
            points[k + 1] = step.kept
            beyond = self.domain.depth_beyond(step.free) > self.domain.slack
            left += int(beyond.sum())
            leavers |= beyond
            stopped += step.stopped
            shares[:, k + 1] = self._shares(step.kept, beyond)
        steps = max(1, len(x) * (len(points) - 1))
        return Carried(points, shares, left / steps, int(leavers.sum()), stopped)

    def _steps(self, x: Doubles) -> Iterator[Step]:
        for k in range(len(self.variances) - 1):
            step = self.step(x, k)
            x = step.kept
            yield step

    def step(self, x: Doubles, k: int) -> Step:
        """The k-th step of particles x (n, 2), part by part."""
        fall = float(self.variances[k] - self.variances[k + 1])
        slope = self.score(x, k)
        if self.name == FLOW:
            ahead = x + fall / 2 * slope
            kept, stopped = self._folded(x, ahead)
            return Step(
                slope=slope, predicted=ahead, mean=ahead, free=ahead, kept=kept, stopped=stopped
            )
        predicted = x + fall * slope
        mean = self._mean(x, k, slope, predicted)
        free = mean + np.sqrt(fall) * self.noise(k, 0)
        kept, stopped = self._kept(x, free)
        return Step(
            slope=slope, predicted=predicted, mean=mean, free=free, kept=kept, stopped=stopped
        )

    def _mean(self, x: Doubles, k: int, slope: Doubles, predicted: Doubles) -> Doubles:
        """The mean of the next position that is used: thresholded, if that is the way."""
        if self.name == THRESHOLD:
            return self.domain.within(predicted)
        if self.name != DYNAMIC:
            return predicted
        clean = x + self.variances[k] * slope
        clean = dynamic_threshold(clean, self.domain.bounds, self.quantile)
        mean: Doubles = x + (1 - self.variances[k + 1] / self.variances[k]) * (clean - x)
        return mean

    def _kept(self, x: Doubles, free: Doubles) -> tuple[Doubles, int]:
        """Where a step from x that would end at `free` ends, and how many are stopped."""
        if self.name == PROJECT:
            return self.domain.within(free), 0
        return self._folded(x, free) if self.name == REFLECT else (free, 0)

    def _folded(self, x: Doubles, free: Doubles) -> tuple[Doubles, int]:
        paths = self.domain.follow(x, free - x)
        return paths.points, paths.stopped

    def _shares(self, x: Doubles, beyond: Bools) -> tuple[float, float]:
        distance, slack = self.domain.nearest(x[beyond]).distance, self.domain.slack
        n = max(1, len(x))
        return (distance < -slack).sum() / n, (np.abs(distance) <= slack).sum() / n


def dynamic_threshold(
    x: Doubles, bounds: tuple[float, float, float, float], quantile: float
) -> Doubles:
    """Points (n, 2) clipped at a quantile of their coordinates, then scaled back into the box.

    In units in which the box is [-1, 1]^2: s = max(1, the quantile of |x_i| over the coordinates),
    x clipped to +-s and divided by s (Saharia et al. 2022, arXiv:2205.11487).
    """
    low, high = np.array(bounds[:2]), np.array(bounds[2:])
    middle, half = (low + high) / 2, (high - low) / 2
    u = (x - middle) / half
    s = np.maximum(1.0, np.quantile(np.abs(u), quantile, axis=1))[:, None]
    return np.asarray(middle + half * np.clip(u, -s, s) / s)
