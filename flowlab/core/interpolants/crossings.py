"""How often the straight lines of pairs cross each other.

Trajectories of a flow cannot cross at the same point and time; where the lines of pairs do, the
velocity is their mean and trajectories bend. No torch here: the view that marks crossings uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats

_SAME_TIME = 0.05  # difference in t below which two particles at a crossing nearly meet


@dataclass(frozen=True, eq=False)
class Crossings:
    """Where the straight lines of `n` pairs cross; touching at an end point does not count."""

    n: int
    points: Floats  # (c, 2)
    times: Floats  # (c, 2), the t of either particle

    @property
    def share(self) -> float:
        """Crossings divided by pairs of lines: the probability that two random lines cross."""
        return len(self.points) / max(1, self.n * (self.n - 1) // 2)

    @property
    def together(self) -> float:
        """The same, counting only crossings that both particles reach at nearly the same t."""
        met = np.abs(self.times[:, 0] - self.times[:, 1]) <= _SAME_TIME
        return int(met.sum()) / max(1, self.n * (self.n - 1) // 2)


def crossings(x0: Floats, x1: Floats) -> Crossings:
    """All proper crossings of the segments from x0 (n, 2) to x1 (n, 2), each found once.

    Two segments cross if the ends of each lie strictly on opposite sides of the other. Signs are
    exact: products of float32 differences are computed in float64.
    """
    start, end = np.asarray(x0, np.float64), np.asarray(x1, np.float64)
    d = end - start
    before = _cross(d[:, None], start[None] - start[:, None])  # (i, j): side of i that j starts on
    after = _cross(d[:, None], end[None] - start[:, None])
    straddles = np.sign(before) * np.sign(after) < 0
    i, j = np.nonzero(np.triu(straddles & straddles.T, 1))
    t_j = before[i, j] / (before[i, j] - after[i, j])
    t_i = before[j, i] / (before[j, i] - after[j, i])
    points = start[i] + t_i[:, None] * d[i]
    return Crossings(len(start), points, np.stack([t_i, t_j], 1))


def _cross(a: Floats, b: Floats) -> Floats:
    product: Floats = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product
