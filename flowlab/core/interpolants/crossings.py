"""How often the straight lines of pairs cross each other.

Trajectories of a flow cannot cross at the same point and time; where the lines of pairs do, the
velocity is their mean and trajectories bend. No torch here: the view that marks crossings uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Floats, Ints
from flowlab.core.estimates import Estimate

_SAME_TIME = 0.05  # difference in t below which two particles at a crossing nearly meet


@dataclass(frozen=True, eq=False)
class Crossings:
    """Where the straight lines of `n` pairs cross; touching at an end point does not count."""

    n: int
    points: Floats  # (c, 2)
    times: Floats  # (c, 2), the t of either particle
    lines: Ints  # (c, 2), which two lines cross
    batch: Ints  # (n,), which pairs were matched with each other

    @property
    def share(self) -> Estimate:
        """The probability that the lines of two independent pairs cross, with its standard error.

        Lines of one batch were matched with each other, and are not compared.
        """
        return self._share(np.ones(len(self.points), bool))

    @property
    def together(self) -> Estimate:
        """The same, counting only crossings that both particles reach at nearly the same t."""
        return self._share(np.abs(self.times[:, 0] - self.times[:, 1]) <= _SAME_TIME)

    def _share(self, counted: Bools) -> Estimate:
        """A U-statistic over pairs of lines; its error by leaving out a batch at a time."""
        names, batch, sizes = np.unique(self.batch, return_inverse=True, return_counts=True)
        ends = batch[self.lines[counted]]  # (c, 2)
        ends = ends[ends[:, 0] != ends[:, 1]]
        crossed = np.bincount(ends.ravel(), minlength=len(names))
        compared = sizes * (self.n - sizes)  # pairs of lines, one of them in the batch
        hits, pairs = len(ends), int(compared.sum()) // 2
        if not pairs:
            return Estimate(0.0, np.nan, self.n)
        return Estimate(hits / pairs, _jackknife(hits - crossed, pairs - compared), self.n)


def _jackknife(hits: Ints, pairs: Ints) -> float:
    """Standard error of a share from its numerators and denominators, a batch left out of each."""
    if not len(pairs) or pairs.min() <= 0:
        return float("nan")
    without, count = hits / pairs, len(pairs)
    return float(np.sqrt((count - 1) * np.var(without)))


def crossings(x0: Floats, x1: Floats, batch: Ints | None = None) -> Crossings:
    """All proper crossings of the segments from x0 (n, 2) to x1 (n, 2), each found once.

    `batch` (n,) says which pairs were matched with each other; without it, all are independent.

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
    batch = np.arange(len(start)) if batch is None else batch
    return Crossings(len(start), points, np.stack([t_i, t_j], 1), np.stack([i, j], 1), batch)


def _cross(a: Floats, b: Floats) -> Floats:
    product: Floats = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product
