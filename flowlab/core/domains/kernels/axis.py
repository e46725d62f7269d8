"""The kernel on an interval [0, length], by images and by cosines (science: one axis of a box)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import sigma_of

MOST_PAIRS = 10  # of images on either side
_REACH = 8.6  # standard deviations; beyond, less than 1e-16 of the mass
_DEPTH = 37.0  # a harmonic of weight e^-37 = 1e-16 is left out


@dataclass(frozen=True)
class Axis:
    """An interval with reflecting ends, and the highest cosine that is summed."""

    length: float
    highest: int

    def pairs(self, tau: float) -> int:
        """Images n = -pairs ... pairs that are summed at tau."""
        reach = (
            _REACH * float(sigma_of(tau)) / self.length
        )  # the nearest left out lies at 2 pairs + 1
        return min(MOST_PAIRS, max(1, math.ceil((reach - 1) / 2)))

    def log_images(self, x: Doubles, x0: Doubles, tau: Doubles) -> tuple[Doubles, Doubles]:
        """Log density and its derivative, each (n,): a log-sum-exp over the images."""
        steps = np.arange(-self.pairs(float(tau.max())), self.pairs(float(tau.max())) + 1)
        shifts = 2 * self.length * steps
        ahead, back = (x - x0)[:, None] - shifts, (x + x0)[:, None] - shifts - 2 * self.length
        z = np.concatenate([ahead, back, back[:, :1] + 2 * self.length], 1)
        logs = -(z**2) / (4 * tau[:, None])
        top = logs.max(1)
        weights = np.exp(logs - top[:, None])
        total = weights.sum(1)
        slope = -(weights * z).sum(1) / total / (2 * tau)
        return top + np.log(total) - 0.5 * np.log(4 * math.pi * tau), slope

    def places(self, x0: float, tau: float) -> Doubles:
        """Where the images (k,) of x0 are that are summed at tau."""
        shifts = 2 * self.length * np.arange(-self.pairs(tau), self.pairs(tau) + 1)
        ends = shifts[-1:] + 2 * self.length
        return np.concatenate([x0 + shifts, shifts - x0, ends - x0])

    def images_error(self, tau: float) -> float:
        """Bound of what the omitted images add, as a share of the axis's peak."""
        reach = (2 * self.pairs(tau) + 1) * self.length / sigma_of(tau)
        tail = 4 * math.exp(-(reach**2) / 2) / math.sqrt(4 * math.pi * tau)
        tail += math.erfc(reach / math.sqrt(2)) / self.length
        return tail / self._peak(tau)

    def cosines(self, tau: float) -> int:
        """Cosines that are summed at tau, without the constant."""
        wanted = math.sqrt(_DEPTH / tau) * self.length / math.pi
        return min(self.highest, math.ceil(wanted))

    def sum_cosines(self, x: Doubles, x0: Doubles, tau: Doubles) -> tuple[Doubles, Doubles]:
        """Density and its derivative, each (n,)."""
        k = np.arange(1, self.cosines(float(tau.min())) + 1) * (math.pi / self.length)
        weights = 2 / self.length * np.exp(-(k**2) * tau[:, None]) * np.cos(k * x0[:, None])
        angle = k * x[:, None]
        density = 1 / self.length + (weights * np.cos(angle)).sum(1)
        return density, -(k * weights * np.sin(angle)).sum(1)

    def cosines_error(self, tau: float) -> float:
        """Bound of what the omitted cosines add, as a share of the axis's peak."""
        rate = (math.pi / self.length) ** 2 * tau
        first, step = self.cosines(tau) + 1, 2 * self.cosines(tau) + 3
        tail = 2 * math.exp(-rate * first**2) / -math.expm1(-rate * step)
        return tail / self.length / self._peak(tau)

    def _peak(self, tau: float) -> float:
        return max(1 / self.length, 1 / math.sqrt(4 * math.pi * tau))
