"""Sines of a position, so that a small net can draw thin shapes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_SLOWEST, _FASTEST = 1.0, 12.0  # radians per standard deviation of x_t


class Waves(nn.Module):
    """sin and cos of `count` fixed waves over the plane, each faded where nothing is so fine.

    Their wave numbers rise geometrically and their directions turn by the golden angle, so that
    any count covers the plane evenly. Fixed: no part of a net's saved weights.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        k = torch.arange(count)
        turn = k * (math.pi * (math.sqrt(5) - 1) / 2)
        size = _SLOWEST * (_FASTEST / _SLOWEST) ** (k / max(count - 1, 1))
        vectors = torch.stack([size * turn.cos(), size * turn.sin()]).repeat(1, 2)
        phase = torch.zeros(2 * count)
        phase[count:] = math.pi / 2
        self.register_buffer("vectors", vectors, persistent=False)
        self.register_buffer("phase", phase, persistent=False)

    vectors: Tensor  # (2, 2 count), each wave twice
    phase: Tensor  # (2 count,), of the sines, then of the cosines

    def forward(self, y: Tensor, blur: Tensor | None = None) -> Tensor:
        """Waves (n, 2 count) at y (n, 2), as a Gaussian of variances `blur` (n, 2) leaves them."""
        waves = torch.addmm(self.phase, y, self.vectors).sin()
        if blur is None:
            return waves
        return waves * (blur @ (-0.5 * self.vectors.square())).exp()
