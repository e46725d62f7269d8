"""Fourier features of a position, so that a small network can learn thin shapes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_LOWEST, _HIGHEST = 1.0, 12.0  # radians per standard deviation of x_t


class FourierFeatures(nn.Module):
    """sin and cos of `count` fixed frequencies, attenuated where x_t has no such fine detail.

    Tancik et al. 2020 (arXiv:2006.10739), here with fixed frequencies: magnitudes rise
    geometrically and directions turn by the golden angle, so any count covers the plane evenly.
    They are no part of the saved weights.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        k = torch.arange(count)
        direction = k * (math.pi * (math.sqrt(5) - 1) / 2)
        magnitude = _LOWEST * (_HIGHEST / _LOWEST) ** (k / max(count - 1, 1))
        frequencies = torch.stack([magnitude * direction.cos(), magnitude * direction.sin()], 1)
        self.register_buffer("frequencies", frequencies, persistent=False)

    frequencies: Tensor  # (count, 2)

    def forward(self, y: Tensor, blur: Tensor | None = None) -> Tensor:
        """Features (2 count, n) at y (2, n), averaged over N(0, diag(blur)), blur (2, n)."""
        angle = self.frequencies @ y
        features = angle.new_empty(2, *angle.shape)
        torch.sin(angle, out=features[0])
        torch.cos(angle, out=features[1])
        if blur is not None:
            features *= self.attenuation(blur)
        return features.flatten(0, 1)

    def attenuation(self, blur: Tensor) -> Tensor:
        """exp(-k^2 blur / 2), (count, n): the factor that N(0, diag(blur)) leaves."""
        return ((-0.5 * self.frequencies.square()) @ blur).exp()
