"""Compare the beads of chains with samples of p_alpha: they agree for every number of steps N."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.interfaces import Deblender, Generators
from flowlab.core.blending.results import Marginals
from flowlab.core.metrics.distances import sliced_w2_matrix

_BEADS = 9  # values of alpha that are compared
_MOST = 1000  # points of each cloud
_DIRECTIONS, _FRESH = 32, 8  # directions of the sliced distance; independent clouds


def marginals(
    points: Floats, alphas: Sequence[float], exact: Deblender, rng: Generators
) -> Marginals:
    """Sliced W2 of beads (N + 1, C, 2) to blends of independent pairs, at some of the alphas (A,).

    Each distance is the mean over several independent clouds of blends. The noise floor is the
    distance of such a cloud to the others: its mean and standard deviation.
    """
    chosen = np.unique(np.linspace(0, len(alphas) - 1, _BEADS).round().astype(int))
    clouds = [cloud[np.isfinite(cloud).all(1)][:_MOST] for cloud in points[chosen]]
    n = max(1, max(len(cloud) for cloud in clouds))
    fresh = [(exact.sources(n, rng), exact.targets(n, rng)) for _ in range(_FRESH)]
    rows = [
        _at(cloud.T, fresh, alphas[k]) if len(cloud) else (np.nan, np.nan, np.nan)
        for k, cloud in zip(chosen, clouds, strict=True)
    ]
    distance, floor, spread = np.array(rows, np.float32).T
    at = np.array([alphas[k] for k in chosen], np.float32)
    return Marginals(alphas=at, distance=distance, floor=floor, spread=spread, count=n)


def _at(
    cloud: Floats, fresh: list[tuple[Floats, Floats]], alpha: float
) -> tuple[float, float, float]:
    """The distance of a cloud (2, n) at one alpha, and the floor's mean and standard deviation."""
    n = cloud.shape[1]
    blends = [((1 - alpha) * x0 + alpha * x1)[:, :n] for x0, x1 in fresh]
    far = sliced_w2_matrix(np.stack([points.T for points in (cloud, *blends)]), _DIRECTIONS)
    floors = far[1:, 1:].sum(1) / (len(fresh) - 1)
    return float(far[0, 1:].mean()), float(floors.mean()), float(floors.std(ddof=1))
