"""A distance between two independent samples of the same distribution: its noise floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.metrics.distances import sliced_w2

Distance = Callable[[Tensor, Tensor], float]


@dataclass(frozen=True)
class NoiseFloor:
    """Mean and standard deviation of a distance between samples of size `n`, over `pairs`."""

    mean: float
    spread: float
    n: int
    pairs: int

    @classmethod
    def of(cls, values: list[float], n: int) -> NoiseFloor:
        """From the distances of several pairs of samples."""
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        return cls(float(np.mean(values)), spread, n, len(values))


def noise_floor(
    distance: Distance, distribution: Distribution, n: int, pairs: int = 6, seed: int = 0
) -> NoiseFloor:
    """The value of `distance` at this n if both clouds have the same distribution."""
    rng = torch_rng(seed, Stream.NOISE_FLOOR)
    values = [
        distance(distribution.sample(n, rng), distribution.sample(n, rng)) for _ in range(pairs)
    ]
    return NoiseFloor.of(values, n)


def sliced_w2_floor(
    distribution: Distribution, n: int, projections: int = 256, pairs: int = 6, seed: int = 0
) -> float:
    """Mean `sliced_w2` of two independent samples of size `n` of the same distribution."""
    return noise_floor(lambda x, y: sliced_w2(x, y, projections), distribution, n, pairs, seed).mean
