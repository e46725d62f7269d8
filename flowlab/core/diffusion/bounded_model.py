"""Any field from noise as the noise predictor of a DDPM, whose likelihood is bounded by `elbo`.

The bound is written for an end N(0, I) of the chain. With noise N(m, C) and L the root of C, the
chain runs in y = L^-1 (x - b m): its data are y1 = L^-1 x1, and what is predicted is z = L^-1 (E[x0
| x] - m).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.denoiser import Denoiser, Reading, evaluated
from flowlab.core.diffusion.levels import Levels
from flowlab.core.document.limits import Invalid

LogProb = Callable[[Tensor], Tensor]
_TOGETHER = 64  # steps whose layers a network folds at once


@dataclass(frozen=True, eq=False)
class BoundedModel:
    """A denoiser on the levels of a DDPM, in coordinates in which its noise is N(0, I).

    Raises `Invalid` unless the levels preserve variance and none is left out.
    """

    denoiser: Denoiser
    levels: Levels

    def __post_init__(self) -> None:
        if self.levels.kind != "vp" or len(self.levels.k) != self.levels.T + 1:
            raise Invalid("The bound needs every step of a variance preserving schedule.")

    @cached_property
    def chain(self) -> Chain:
        """The coefficients of all steps."""
        return Chain(self.levels.signal[:-1].flip(0).square())

    @cached_property
    def _reading(self) -> Reading:
        return self.denoiser.read(self.levels.signal[:-1], self.levels.noise[:-1])

    @cached_property
    def _inverse(self) -> Tensor:
        inverse: Tensor = torch.linalg.inv(self.denoiser.root)
        return inverse

    def data(self, x1: Tensor) -> Tensor:
        """y1 (n, 2) of points x1 (n, 2) of the target, float64."""
        return self.denoiser.taken(x1.double()) @ self._inverse.to(x1.device)

    @property
    def _scale(self) -> float:
        """By what the target is larger than what is noised."""
        return 1.0 if self.denoiser.data is None else float(self.denoiser.data.scale)

    @cached_property
    def volume(self) -> float:
        """What log p of y1 lies above log p of the target's x1, in nats: log det dx1/dy1."""
        return float(self.denoiser.root.det().log()) + 2 * math.log(self._scale)

    def log_prob(self, of_target: LogProb) -> LogProb:
        """The log density (n,) of y1, from that of the target's x1."""
        scale, volume = self._scale, self.volume

        def log_prob(y1: Tensor) -> Tensor:
            taken = y1 @ self.denoiser.root.to(y1)
            x1 = (taken - self.denoiser.taken(torch.zeros_like(taken))) * scale
            return of_target(x1).double() + volume

        return log_prob

    def __call__(self, y: Tensor, k: int) -> Tensor:
        """The predicted z (n, 2) at y (n, 2) of step k: a `PredictNoise`."""
        i, mean = self.levels.T - k, self.denoiser.mean.to(y)
        if (k - 1) % _TOGETHER == 0:
            self._prepare(i)
        x = y @ self.denoiser.root.to(y) + float(self.levels.noise[i]) * mean
        v = evaluated(self.denoiser.field, self._reading, i, x).to(y)
        noise = self._reading.noise[i : i + 1].to(y).at(0, v, x)
        return (noise - mean) @ self._inverse.to(y)

    def _prepare(self, i: int) -> None:
        """Let a network do at once for the levels up to the i-th what each of them would need."""
        prepare = getattr(self.denoiser.field, "prepare", None)
        if prepare is not None:
            prepare(self._reading.times[max(0, i + 1 - _TOGETHER) : i + 1])
