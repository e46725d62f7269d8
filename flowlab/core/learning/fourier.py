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
        vectors = torch.stack([size * turn.cos(), size * turn.sin()], 1)
        self.register_buffer("vectors", vectors, persistent=False)

    vectors: Tensor  # (count, 2)

    def forward(self, y: Tensor, blur: Tensor | None = None) -> Tensor:
        """Waves (2 count, n) at y (2, n), as a Gaussian of variances `blur` (2, n) leaves them."""
        angle = self.vectors @ y
        waves = angle.new_empty(2, *angle.shape)
        torch.sin(angle, out=waves[0])
        torch.cos(angle, out=waves[1])
        if blur is not None:
            waves *= self.fade(blur)
        return waves.flatten(0, 1)

    def fade(self, blur: Tensor) -> Tensor:
        """What a Gaussian of variances `blur` (2, n) leaves of each wave, (count, n)."""
        return ((-0.5 * self.vectors.square()) @ blur).exp()
