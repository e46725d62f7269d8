"""A distance between two independent samples of the same distribution: its noise floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.arguments import seed_of, whole
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.metrics.distances import MOST_PROJECTIONS, sliced_w2

Distance = Callable[[Tensor, Tensor], float]

MOST_SAMPLES, MOST_REPEATS = 10_000_000, 10_000  # of a cloud, of a distance


@dataclass(frozen=True)
class NoiseFloor:
    """Mean and standard deviation of a distance between samples of size `n`, over `pairs`.

    The mean carries its standard error, `spread` over the root of the pairs, as `mean.error`.
    """

    mean: Estimate
    spread: float  # 0 where one pair shows none
    n: int
    pairs: int

    @classmethod
    def of(cls, values: Sequence[float], n: int) -> NoiseFloor:
        """From the distances of several pairs of samples."""
        mean = mean_estimate(np.array(values))
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        return cls(mean, spread, n, len(values))


@objects_checked
def noise_floor(
    distance: Distance, distribution: Distribution, n: int, pairs: int = 6, seed: int = 0
) -> NoiseFloor:
    """The value of `distance` at this n if both clouds have the same distribution.

    Raises `Invalid` for n < 1 or no pairs.
    """
    whole(n, "The number of samples", 1, MOST_SAMPLES)
    whole(pairs, "The number of pairs", 1, MOST_REPEATS)
    rng = torch_rng(seed_of(seed), Stream.NOISE_FLOOR)
    values = [
        distance(distribution.sample(n, rng), distribution.sample(n, rng)) for _ in range(pairs)
    ]
    return NoiseFloor.of(values, n)


@objects_checked
def sliced_w2_floor(
    distribution: Distribution, n: int, projections: int = 256, pairs: int = 6, seed: int = 0
) -> Estimate:
    """Mean `sliced_w2` of two independent samples of size `n` of the same distribution.

    A float with its standard error. Raises `Invalid` as `noise_floor`.
    """
    whole(projections, "The number of projections", 1, MOST_PROJECTIONS)
    return noise_floor(lambda x, y: sliced_w2(x, y, projections), distribution, n, pairs, seed).mean
