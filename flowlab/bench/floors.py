"""How far apart clouds of fresh samples lie: a distance of 1 over this floor is that of chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.metrics.distances import energy_distance, sliced_w2

PAIRS = 6  # of clouds: means of fewer vary too much


@dataclass(frozen=True, eq=False)
class Floors:
    """Fresh samples of a law, and how far any cloud is from them."""

    fresh: list[Tensor]  # 2 PAIRS clouds (n, 2)

    @classmethod
    def of(cls, draw: Callable[[torch.Generator], Tensor]) -> Floors:
        """From a function that draws a cloud."""
        rngs = (torch.Generator().manual_seed(k) for k in range(2 * PAIRS))
        return cls([draw(rng).float() for rng in rngs])

    def ratio(self, x: Tensor) -> float:
        """The worse of sliced W2 and energy distance of x (n, 2), over that of fresh samples.

        Each in the mean of several; infinite if a point of x is lost.
        """
        if not bool(x.isfinite().all()):
            return float("inf")
        worst = 0.0
        for distance in (sliced_w2, energy_distance):
            pairs = zip(self.fresh[::2], self.fresh[1::2], strict=True)
            floor = sum(distance(one, other) for one, other in pairs)
            worst = max(worst, sum(distance(x, one) for one in self.fresh[::2]) / floor)
        return worst
