"""Chains of blending and deblending: x_alpha, a pair that blends into it, the next x_alpha, ...

Heitz, Belcour and Chambon 2023, "Iterative alpha-(de)blending", arXiv:2305.03486.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Floats
from flowlab.core.blending.interfaces import Deblender, Drawn, Generators, ShouldStop
from flowlab.core.solvers.ode import Cancelled


@dataclass(frozen=True, eq=False)
class Links:
    """The points x_alpha ("beads") of n chains at N + 1 alphas and the N pairs between, float32."""

    points: Floats  # (N + 1, n, 2)
    x0: Floats  # (N, n, 2)
    x1: Floats  # (N, n, 2)
    tries: Floats  # (N,) mean proposals per accepted pair; NaN where none was accepted
    unfinished: int  # chains for which no pair was found: NaN from there on


def linked(
    deblender: Deblender,
    start: Floats,
    alphas: tuple[float, ...],
    rng: Generators,
    cancelled: ShouldStop | None = None,
) -> Links:
    """Run chains from x0 (2, n) through all `alphas` (N + 1 values from 0 to 1).

    At each alpha_k: draw (x0, x1) given x_{alpha_k} (deblending), then blend the same pair at
    alpha_{k+1}. Every bead is distributed exactly as p_alpha, whatever the other alphas are:
    deblending draws from the posterior of (x0, x1) given x_alpha, so the pair is again an
    independent draw from p0 and p1. Raises `Cancelled`.
    """
    steps, n = len(alphas) - 1, start.shape[1]
    points = np.empty((steps + 1, n, 2), np.float32)
    pairs = np.empty((2, steps, n, 2), np.float32)
    tries = np.ones(steps, np.float32)
    now = Drawn(start, deblender.targets(n, rng))
    points[0], pairs[0, 0], pairs[1, 0] = start.T, now.x0.T, now.x1.T
    for k, alpha in enumerate(alphas[1:-1], 1):
        if cancelled is not None and cancelled():
            raise Cancelled
        x = (1 - alpha) * now.x0 + alpha * now.x1
        now = _next(deblender, x, alpha, now, rng)
        points[k], pairs[0, k], pairs[1, k] = x.T, now.x0.T, now.x1.T
        accepted = int(now.found.sum())
        tries[k] = now.proposals / accepted if accepted else np.nan
    points[-1] = now.x1.T
    return Links(points, pairs[0], pairs[1], tries, n - int(now.found.sum()))


def _next(deblender: Deblender, x: Floats, alpha: float, last: Drawn, rng: Generators) -> Drawn:
    """Draw new pairs for x (2, n), the blends of the last pairs; a lost chain stays lost."""
    alive = last.found
    if alive.all():
        drawn = deblender.draw(x, alpha, rng)
    else:
        drawn = _spread(deblender.draw(x[:, alive], alpha, rng), alive)
    if deblender.reuses_pair and not drawn.found.all():
        known = drawn.found
        x0, x1 = np.where(known, drawn.x0, last.x0), np.where(known, drawn.x1, last.x1)
        drawn = Drawn(x0, x1, drawn.proposals)
    return drawn


def _spread(drawn: Drawn, alive: Bools) -> Drawn:
    """Put the pairs of the chains that are alive into arrays over all chains; NaN elsewhere."""
    x0, x1 = np.full((2, 2, len(alive)), np.nan)
    x0[:, alive], x1[:, alive] = drawn.x0, drawn.x1
    return Drawn(x0, x1, drawn.proposals)
