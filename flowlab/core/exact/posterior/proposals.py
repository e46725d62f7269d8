"""Rejection for many points at once: one end is drawn, the other solved for, and judged there.

The pair (x0, x1) given x has the density p0(x0) p1(x1) on the line alpha x0 + beta x1 = x.
So y from one end, with the other u = (x - b y) / a, is kept with probability p_u(u) / max p_u.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Floats
from flowlab.core.exact.posterior.ends import Drawable, End
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, ShouldStop, in_order
from flowlab.core.solvers.ode import Cancelled

_FIRST = 8  # proposals for each point in the first round, at most
_GROWTH = 4  # more in every round that follows
_ROOM = 1 << 12  # proposals at once, so that they stay in the cache


@dataclass(frozen=True, eq=False)
class Proposer:
    """Draws `drawn` and solves for `solved`, of whom the target is one."""

    drawn: Drawable
    solved: End
    from_target: bool  # is the target the end that is drawn?

    def expected(self, blend: tuple[float, float]) -> float:
        """Proposals for a pair, beside the other way round: max p of the end solved for / a^2."""
        a = blend[not self.from_target]
        return self.solved.peak / a**2 if a**2 > 0 else math.inf

    def draw(
        self,
        x: Floats,
        blend: tuple[float, float],
        most: int,
        rng: Generators,
        cancelled: ShouldStop | None = None,
    ) -> Drawn:
        """A pair for each x (2, n) by at most so many proposals; raises `Cancelled`.

        `blend` are alpha and beta at that time.
        """
        a, b = blend[not self.from_target], blend[self.from_target]
        y = np.full_like(x, np.nan)
        left, tried, total, wish = np.arange(x.shape[1]), 0, 0, _FIRST
        while len(left) and tried < most:
            if cancelled is not None and cancelled():
                raise Cancelled
            each = max(1, min(_ROOM // len(left), wish, most - tried))
            rows = np.arange(len(left))
            places, kept = self._proposed(x[:, left], a, b, each, rng)
            first = kept.argmax(1)
            some = kept[rows, first]
            y[:, left[some]] = places[:, rows[some], first[some]]
            total += int(np.where(some, first + 1, each).sum())
            left, tried, wish = left[~some], tried + each, wish * _GROWTH
        total -= tried * len(left)  # told are those of pairs that were found
        solved = (x - b * y) / a
        return Drawn(*in_order(y, solved, self.from_target), proposals=float(total))

    def _proposed(
        self, x: Floats, a: float, b: float, each: int, rng: Generators
    ) -> tuple[Floats, Bools]:
        """Places (2, n, each) of the drawn end, and whether they are kept (n, each)."""
        n = x.shape[1]
        y = self.drawn.sample(n * each, rng).reshape(2, n, each)
        u = (x[:, :, None] - b * y) / a
        share = self.solved.share(u.reshape(2, -1))
        kept = share > 0 if self.solved.flat else rng.uniform(n * each) < share
        return y, kept.reshape(n, each)
