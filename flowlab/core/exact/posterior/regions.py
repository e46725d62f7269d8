"""Pairs of two uniform regions with straight edges given x_t, exactly.

Given x, y of one end is uniform on its region cut by (x - a other) / b. Points drawn from the
whole region that fall into the cut are uniform on it too, and cheaper; whoever has none after a
few gets a point of the cut itself. The law is the same.
"""

from __future__ import annotations

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.exact.outlines import Outline
from flowlab.core.exact.overlap import draw_shared
from flowlab.core.exact.posterior.ends import Region
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, coefficients, in_order
from flowlab.core.exact.posterior.proposals import Proposer
from flowlab.core.interpolants.paths import LINEAR, Interpolant

_TRIES = 1000  # proposals for one point before its cut is triangulated
_FEW = 16  # pairs of a point; for more its cut costs less
_LEAST = 1e-6  # of the larger coefficient: with less the ends of time are too near


class RegionPairs:
    """Uniform points of the intersection of one region with the mirrored, scaled other one."""

    note = "exact, by intersections of the two regions"

    def __init__(self, source: Outline, target: Outline, path: Interpolant = LINEAR) -> None:
        start, end = Region(source), Region(target)
        self._outlines, self._path = (source, target), path
        self._ways = Proposer(start, end, False), Proposer(end, start, True)

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n), 0 < t < 1; NaN where no pair blends into it."""
        blend = coefficients(self._path, t)
        way = min(self._ways, key=lambda way: way.expected(blend))
        drawn = way.draw(x, blend, _TRIES, rng)
        rest = np.flatnonzero(~drawn.found)
        if len(rest):
            pairs = self._cut(x[:, rest], blend, way.from_target, rng)
            drawn.x0[:, rest], drawn.x1[:, rest] = pairs
        return Drawn(drawn.x0, drawn.x1, float(x.shape[1]))

    def several(self, x: Floats, t: float, n: int, rng: Generators) -> tuple[Floats, Floats]:
        """n pairs for each x (2, m), two (2, m, n); NaN where no pair blends into it."""
        x0, x1 = np.full((2, *x.shape, n), np.nan)
        known = np.isfinite(x).all(0)
        drawn = self.draw(np.repeat(x[:, known], n, axis=1), t, rng)
        x0[:, known], x1[:, known] = (end.reshape(2, -1, n) for end in (drawn.x0, drawn.x1))
        return x0, x1

    def suits(self, t: float, n: int) -> bool:
        """True if this is faster than triangulating the cut of every point for n pairs of each."""
        alpha, beta = map(abs, coefficients(self._path, t))
        return n < _FEW and min(alpha, beta) > _LEAST * max(alpha, beta)

    def _cut(
        self, x: Floats, blend: tuple[float, float], from_target: bool, rng: Generators
    ) -> tuple[Floats, Floats]:
        """x0 and x1 (2, n), one of them uniform on the cut; NaN where that is empty."""
        fixed, moving = self._outlines[from_target], self._outlines[not from_target]
        b, a = blend[from_target], blend[not from_target]
        points = torch.from_numpy(x.T.copy())
        a_each, b_each = (torch.full_like(points[:, :1], share) for share in (a, b))
        y = draw_shared(fixed, moving, (points, a_each, b_each), 1, rng.torch)
        drawn: Floats = y[:, 0].T.numpy()
        return in_order(drawn, (x - b * drawn) / a, from_target)
