"""Is the cloud of the chains at alpha distributed as p_alpha? For every N it must be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from flowlab.core.blending.faces import Deblender, Dice, Floats
from flowlab.core.chains import Marginals
from flowlab.core.metrics.distances import sliced_w2

_BEADS = 9  # values of alpha that are looked at
_MOST = 1000  # points of each cloud
_DIRECTIONS, _FRESH = 32, 4  # of the sliced distance, and pairs of fresh clouds behind its floor


def marginals(points: Floats, alphas: Sequence[float], exact: Deblender, dice: Dice) -> Marginals:
    """Sliced W2 of beads (N + 1, C, 2) to fresh blends of independent pairs, at some of the alphas.

    Beside it what two fresh clouds of that size give: mean and standard deviation of one of them.
    """
    chosen = np.unique(np.linspace(0, len(alphas) - 1, _BEADS).round().astype(int))
    clouds = [cloud[np.isfinite(cloud).all(1)][:_MOST] for cloud in points[chosen]]
    n = max(1, max(len(cloud) for cloud in clouds))
    fresh = [(exact.sources(n, dice), exact.targets(n, dice)) for _ in range(2 * _FRESH)]
    rows = [
        _at(cloud, fresh, alphas[k]) if len(cloud) else (np.nan, np.nan, np.nan)
        for k, cloud in zip(chosen, clouds, strict=True)
    ]
    distance, floor, spread = np.array(rows, np.float32).T
    at = np.array([alphas[k] for k in chosen], np.float32)
    return Marginals(alphas=at, distance=distance, floor=floor, spread=spread, count=n)


def _at(
    cloud: Floats, fresh: list[tuple[Floats, Floats]], alpha: float
) -> tuple[float, float, float]:
    """The distance at one alpha, its floor, and the deviation of the floor's draws."""
    blends = [torch.from_numpy(((1 - alpha) * x0 + alpha * x1).T) for x0, x1 in fresh]
    x = torch.from_numpy(np.ascontiguousarray(cloud, dtype=float))
    distance = sliced_w2(x, blends[0], _DIRECTIONS)
    floors = [
        sliced_w2(one, other, _DIRECTIONS)
        for one, other in zip(blends[::2], blends[1::2], strict=True)
    ]
    return distance, float(np.mean(floors)), float(np.std(floors, ddof=1))
