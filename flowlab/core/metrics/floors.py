"""What a distance gives between two fresh samples of one and the same distribution."""

from __future__ import annotations

import numpy as np
import torch

from flowlab.core.distributions import Distribution
from flowlab.core.metrics.distances import sliced_w2


def sliced_w2_floor(
    distribution: Distribution, n: int, projections: int = 256, pairs: int = 6, seed: int = 0
) -> float:
    """What `sliced_w2` gives, on average, for two fresh samples of `n` of the same distribution."""
    generator = torch.Generator().manual_seed(seed)
    clouds = [distribution.sample(n, generator) for _ in range(2 * pairs)]
    return float(
        np.mean([sliced_w2(clouds[2 * i], clouds[2 * i + 1], projections) for i in range(pairs)])
    )
