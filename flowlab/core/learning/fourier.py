"""Sines of a position, so that a small net can draw thin shapes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_LOWEST, _HIGHEST = 1.0, 12.0  # radians per standard deviation of x_t


class FourierFeatures(nn.Module):
    """sin and cos of `count` fixed waves over the plane, each faded where nothing is so fine.

    Their wave numbers rise geometrically and their directions turn by the golden angle, so that
    any count covers the plane evenly. Fixed: no part of a net's saved weights.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        k = torch.arange(count)
        direction = k * (math.pi * (math.sqrt(5) - 1) / 2)
        magnitude = _LOWEST * (_HIGHEST / _LOWEST) ** (k / max(count - 1, 1))
        frequencies = torch.stack([magnitude * direction.cos(), magnitude * direction.sin()], 1)
        self.register_buffer("vectors", frequencies, persistent=False)

    frequencies: Tensor  # (count, 2)

    def forward(self, y: Tensor, blur: Tensor | None = None) -> Tensor:
        """Waves (2 count, n) at y (2, n), as a Gaussian of variances `blur` (2, n) leaves them."""
        angle = self.frequencies @ y
        features = angle.new_empty(2, *angle.shape)
        torch.sin(angle, out=features[0])
        torch.cos(angle, out=features[1])
        if blur is not None:
            features *= self.attenuation(blur)
        return features.flatten(0, 1)

    def attenuation(self, blur: Tensor) -> Tensor:
        """What a Gaussian of variances `blur` (2, n) leaves of each wave, (count, n)."""
        return ((-0.5 * self.frequencies.square()) @ blur).exp()
