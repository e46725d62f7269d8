"""Posterior pairs of two uniform regions with straight edges, exactly.

Given x, y of one end is uniform on its region intersected with (x - a other) / b. Samples of the
whole region that fall into the intersection are uniform on it too, and cheaper. A point that has
none after some proposals gets one from the intersection itself; the distribution is the same.
"""

from __future__ import annotations

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.exact.intersection import sample_intersection
from flowlab.core.exact.outlines import Outline
from flowlab.core.exact.posterior.ends import Region
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, coefficients, in_order
from flowlab.core.exact.posterior.proposals import Proposer
from flowlab.core.interpolants.paths import LINEAR, Interpolant

_TRIES = 1000  # proposals per point before its intersection is triangulated
_FEW = 16  # pairs per point from which triangulation is cheaper
_LEAST = 1e-6  # of the larger coefficient; less is too near an end of time


class RegionPairs:
    """Uniform samples of the intersection of one region with the mirrored, scaled other one."""

    note = "exact, by intersections of the two regions"

    def __init__(self, source: Outline, target: Outline, path: Interpolant = LINEAR) -> None:
        start, end = Region(source), Region(target)
        self._outlines, self._path = (source, target), path
        self._proposers = Proposer(start, end, False), Proposer(end, start, True)

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n), 0 < t < 1; NaN outside the support."""
        blend = coefficients(self._path, t)
        proposer = min(self._proposers, key=lambda proposer: proposer.expected(blend))
        drawn = proposer.draw(x, blend, _TRIES, rng)
        rest = np.flatnonzero(~drawn.found)
        if len(rest):
            pairs = self._cut(x[:, rest], blend, proposer.from_target, rng)
            drawn.x0[:, rest], drawn.x1[:, rest] = pairs
        return Drawn(drawn.x0, drawn.x1, float(x.shape[1]))

    def several(self, x: Floats, t: float, n: int, rng: Generators) -> tuple[Floats, Floats]:
        """n pairs for each x (2, m): two arrays (2, m, n); NaN outside the support."""
        x0, x1 = np.full((2, *x.shape, n), np.nan)
        known = np.isfinite(x).all(0)
        drawn = self.draw(np.repeat(x[:, known], n, axis=1), t, rng)
        x0[:, known], x1[:, known] = (end.reshape(2, -1, n) for end in (drawn.x0, drawn.x1))
        return x0, x1

    def suits(self, t: float, n: int) -> bool:
        """True if rejection is faster than triangulation, for n pairs per point."""
        alpha, beta = map(abs, coefficients(self._path, t))
        return n < _FEW and min(alpha, beta) > _LEAST * max(alpha, beta)

    def _cut(
        self, x: Floats, blend: tuple[float, float], from_target: bool, rng: Generators
    ) -> tuple[Floats, Floats]:
        """x0 and x1 (2, n), one of them uniform on the intersection; NaN where that is empty."""
        fixed, moving = self._outlines[from_target], self._outlines[not from_target]
        b, a = blend[from_target], blend[not from_target]
        points = torch.from_numpy(x.T.copy())
        a_each, b_each = (torch.full_like(points[:, :1], share) for share in (a, b))
        y = sample_intersection(fixed, moving, (points, a_each, b_each), 1, rng.torch)
        drawn: Floats = y[:, 0].T.numpy()
        return in_order(drawn, (x - b * drawn) / a, from_target)
