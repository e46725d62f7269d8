"""Deblending between uniform regions with straight edges, exactly.

Given x, y of one end is uniform on its region cut by (x - a other) / b. Points drawn from the
whole region that fall into the cut are uniform on it too, and cheaper; whoever has none after a
few gets a point of the cut itself. The law is the same.
"""

from __future__ import annotations

import numpy as np
import torch

from flowlab.core.blending.ends import Region, sampled
from flowlab.core.blending.faces import Dice, Drawn, Floats, in_order
from flowlab.core.blending.proposing import Proposer
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.overlap import draw_shared

_TRIES = 1000  # proposals for one point before its cut is triangulated


class UniformDeblender:
    """Uniform points of the intersection of one region with the mirrored, scaled other one."""

    note = "exact, by intersections of the two regions"
    keeps = True  # where the cut is smaller than rounding, it holds the present pair alone

    def __init__(self, source: Region, target: Region, laws: tuple[Distribution, ...]) -> None:
        self._laws = laws
        self._ways = Proposer(source, target, False), Proposer(target, source, True)

    def sources(self, n: int, dice: Dice) -> Floats:
        """x0 (2, n) ~ p0."""
        return sampled(self._laws[0], n, dice)

    def targets(self, n: int, dice: Dice) -> Floats:
        """x1 (2, n) ~ p1."""
        return sampled(self._laws[1], n, dice)

    def draw(self, x: Floats, alpha: float, dice: Dice) -> Drawn:
        """One pair for each x (2, n); NaN where no pair blends into it."""
        way = min(self._ways, key=lambda way: way.expected(alpha))
        drawn = way.draw(x, alpha, _TRIES, dice)
        rest = np.flatnonzero(~drawn.found)
        if len(rest):
            y, u = _cut(way, x[:, rest], alpha, dice)
            drawn.x0[:, rest], drawn.x1[:, rest] = in_order(y, u, way.from_target)
        return Drawn(drawn.x0, drawn.x1, float(x.shape[1]))


def _cut(way: Proposer, x: Floats, alpha: float, dice: Dice) -> tuple[Floats, Floats]:
    """y and u (2, n), y uniform on the cut; NaN where that is empty."""
    a, b = (1 - alpha, alpha) if way.from_target else (alpha, 1 - alpha)
    assert isinstance(way.drawn, Region)
    assert isinstance(way.solved, Region)
    points = torch.from_numpy(x.T.copy())
    shares = (torch.full_like(points[:, :1], share) for share in (a, b))
    y = draw_shared(way.drawn.outline, way.solved.outline, (points, *shares), 1, dice.torch)  # type: ignore[arg-type]
    drawn: Floats = y[:, 0].T.numpy()
    return drawn, (x - b * drawn) / a
