"""Rejection sampling of posterior pairs, for many points at once.

Given x, the pair has density p0(x0) p1(x1) on the line alpha x0 + beta x1 = x. So y is proposed
from one end, and accepted with probability p_u(u) / max p_u at the other end's u = (x - b y) / a.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Floats
from flowlab.core.exact.posterior.ends import Drawable, End
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, ShouldStop, in_order
from flowlab.core.solvers.ode import Cancelled

_FIRST = 8  # most proposals per point in the first round
_GROWTH = 4  # growth per round
_ROOM = 1 << 12  # proposals at once, so that they stay in cache


@dataclass(frozen=True, eq=False)
class Proposer:
    """Proposes from the end `drawn` and solves for the end `solved`."""

    drawn: Drawable
    solved: End
    from_target: bool  # True if proposals come from the target

    def expected(self, blend: tuple[float, float]) -> float:
        """Expected proposals per pair, up to a factor common to both ends: max p_u / a^2."""
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
        """A pair for each x (2, n), by at most `most` proposals each; raises `Cancelled`.

        `blend` is (alpha, beta) at that time.
        """
        a, b = blend[not self.from_target], blend[self.from_target]
        y = np.full_like(x, np.nan)
        left, tried, total, wish = np.arange(x.shape[1]), 0, 0, _FIRST
        while len(left) and tried < most:
            if cancelled is not None and cancelled():
                raise Cancelled
            each = max(1, min(_ROOM // len(left), wish, most - tried))
            rows = np.arange(len(left))
            places, accepted = self._proposed(x[:, left], a, b, each, rng)
            first = accepted.argmax(1)
            has_pair = accepted[rows, first]
            y[:, left[has_pair]] = places[:, rows[has_pair], first[has_pair]]
            total += int(np.where(has_pair, first + 1, each).sum())
            left, tried, wish = left[~has_pair], tried + each, wish * _GROWTH
        total -= tried * len(left)  # count only those of pairs that were found
        solved = (x - b * y) / a
        return Drawn(*in_order(y, solved, self.from_target), proposals=float(total))

    def _proposed(
        self, x: Floats, a: float, b: float, each: int, rng: Generators
    ) -> tuple[Floats, Bools]:
        """Proposals (2, n, each) of the drawn end, and whether each is accepted (n, each)."""
        n = x.shape[1]
        y = self.drawn.sample(n * each, rng).reshape(2, n, each)
        u = (x[:, :, None] - b * y) / a
        share = self.solved.share(u.reshape(2, -1))
        accepted = share > 0 if self.solved.flat else rng.uniform(n * each) < share
        return y, accepted.reshape(n, each)
