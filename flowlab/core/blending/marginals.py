"""Compare the beads of chains with samples of p_alpha: they agree for every number of steps N."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.interfaces import Deblender, Generators
from flowlab.core.blending.results import Marginals
from flowlab.core.estimates import GROUPS, group_error
from flowlab.core.metrics.distances import sliced_w2_matrix

_BEADS = 9  # values of alpha that are compared
_MOST = 1000  # points of each cloud
_DIRECTIONS, _FRESH = 32, 8  # directions of the sliced distance; independent clouds


def marginals(
    points: Floats, alphas: Sequence[float], exact: Deblender, rng: Generators
) -> Marginals:
    """Sliced W2 of beads (N + 1, C, 2) to blends of independent pairs, at some of the alphas (A,).

    Each distance is the mean over several independent clouds of blends. The noise floor is the
    distance of such a cloud to the others: its mean and standard deviation. The errors are by how
    much other chains and other clouds would change both, see `group_error`.
    """
    chosen = np.unique(np.linspace(0, len(alphas) - 1, _BEADS).round().astype(int))
    clouds = [cloud[np.isfinite(cloud).all(1)][:_MOST] for cloud in points[chosen]]
    n = max(1, max(len(cloud) for cloud in clouds))
    fresh = [(exact.sources(n, rng), exact.targets(n, rng)) for _ in range(_FRESH)]
    rows = [
        _at(cloud.T, fresh, alphas[k]) if len(cloud) else (np.nan,) * 5
        for k, cloud in zip(chosen, clouds, strict=True)
    ]
    distance, error, floor, floor_error, spread = np.array(rows, np.float32).T
    at = np.array([alphas[k] for k in chosen], np.float32)
    return Marginals(
        alphas=at,
        distance=distance,
        error=error,
        floor=floor,
        floor_error=floor_error,
        spread=spread,
        count=n,
    )


def _at(
    cloud: Floats, fresh: list[tuple[Floats, Floats]], alpha: float
) -> tuple[float, float, float, float, float]:
    """The distance of a cloud (2, n) at one alpha and the floor, with errors; and its spread."""
    n, m = cloud.shape[1], len(fresh)
    blends = [((1 - alpha) * x0 + alpha * x1)[:, :n] for x0, x1 in fresh]
    clouds = np.stack([points.T for points in (cloud, *blends)])
    far = sliced_w2_matrix(clouds, _DIRECTIONS)
    floors = far[1:, 1:].sum(1) / (m - 1)
    spread = float(floors.std(ddof=1))
    # By leaving out one cloud at a time: each is in 2 of m (m - 1) distances with every other.
    floor_error = 2 * spread / np.sqrt(m) * (m - 1) / (m - 2)
    return float(far[0, 1:].mean()), _error(clouds), float(floors.mean()), floor_error, spread


def _error(clouds: Floats) -> float:
    """Standard error of the mean distance of the first cloud (K, n, 2) to the others."""
    size = clouds.shape[1] // GROUPS
    if size < 2:
        return float("nan")
    parts = np.split(clouds[:, : size * GROUPS], GROUPS, axis=1)
    return group_error([float(sliced_w2_matrix(p, _DIRECTIONS)[0, 1:].mean()) for p in parts])
