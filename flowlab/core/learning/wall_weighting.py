"""How the noise levels of a score between walls are weighted: how large their scores are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import WEIGHT_CAP, Training
from flowlab.core.learning.wall_pairs import NoisedPoints

_LEVELS, _POINTS = 33, 2000  # of the table; the points' noise is then about 2 %
_LEAST = 1e-300


@dataclass(frozen=True, eq=False)
class NoiseScores:
    """The mean square of the score of a point's noise, E|grad log p_t(x | x1)|^2, by t.

    Without walls it is 2 / sigma^2, and between them it vanishes with the slowest way to uniform:
    in a square of side L as 2 (pi / L)^2 e^(-pi^2 sigma^2 / L^2) for uniform data.
    """

    times: Doubles  # (T,) ascending
    variances: Doubles  # (T,) of the noise
    squares: Doubles  # (T,)

    @classmethod
    def measured(cls, points: NoisedPoints) -> NoiseScores:
        """As pairs of the training say, always the same ones."""
        rng = torch_rng(0, Stream.WALL_WEIGHTING)
        times = torch.linspace(0, 1, _LEVELS, dtype=torch.float64)
        seed = int(torch.randint(1 << 62, (1,), generator=rng))
        scaled = points.draw(times.repeat_interleave(_POINTS), seed)[1]
        variances = points.walls.variance(times).numpy()
        means = (scaled**2).sum(1).reshape(_LEVELS, _POINTS).mean(1)
        return cls(times.numpy(), variances, np.maximum(means, _LEAST) / variances)

    def relative_weight(self, t: Tensor) -> Tensor:
        """2 / E|grad log p|^2 over sigma^2, at t: 1 where no wall is felt; uncapped."""
        from scipy.interpolate import PchipInterpolator

        logs = -np.log(self.squares * self.variances / 2)
        value = PchipInterpolator(self.times, logs)(t.cpu().double().numpy())
        return torch.from_numpy(np.exp(value)).to(t)


@lru_cache(maxsize=4)
def noise_scores(points: NoisedPoints) -> NoiseScores:
    """Those of a target between walls, measured once."""
    return NoiseScores.measured(points)


def sqrt_weight_of(training: Training, points: NoisedPoints) -> Callable[[Tensor], Tensor] | None:
    """The square root of the weight at t, over sigma^2; None for 1 everywhere."""
    if training.weighting != "inverse":
        return None
    known = noise_scores(points)
    return lambda t: known.relative_weight(t).clamp_max(WEIGHT_CAP).sqrt()
