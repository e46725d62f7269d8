"""How much noise the forward process has added: sigma(s), s = 1 - t from the data to the noise.

Reflected diffusion models (Lou and Ermon 2023, arXiv:2304.04740) take the variance exploding
schedule sigma(s) = sigma0 (sigma1 / sigma0)^s. The noise added from 0 to s has the variance
sigma(s)^2 - sigma0^2: the data count as blurred by sigma0 already. Of Brownian motion it is
sigma1^2 s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.reflected.settings import Reflected

if TYPE_CHECKING:
    from torch import Tensor

    from flowlab.core.array_types import Doubles
    from flowlab.core.domains.domain import Domain


def added_variance(settings: Reflected, size: float, s: Doubles) -> Doubles:
    """Variance (K,) of each coordinate's noise added until each s, for walls of that size."""
    first, last = settings.sigma_min * size, settings.sigma_max * size
    if settings.process == "brownian":
        return last**2 * s
    grown: Doubles = first**2 * np.expm1(2 * s * np.log(last / first))
    return grown


def total_variance(settings: Reflected, size: float, s: Doubles) -> Doubles:
    """The same (K,) with that of sigma0, by which the data are blurred from the start."""
    return (settings.sigma_min * size) ** 2 + added_variance(settings, size, s)


def step_deviations(settings: Reflected, size: float) -> Doubles:
    """Standard deviation (steps,) of each step's noise, from the data on."""
    s = np.linspace(0.0, 1.0, settings.steps + 1)
    deviations: Doubles = np.sqrt(np.diff(added_variance(settings, size, s)))
    return deviations


@dataclass(frozen=True)
class WallNoise:
    """Walls, and how much noise there is between them at each t, from the noise to the data."""

    domain: Domain
    settings: Reflected

    def variance(self, t: Tensor) -> Tensor:
        """Total variance of each coordinate's noise at t, the data's blur included, like t."""
        first = self.settings.sigma_min * self.domain.size
        last = self.settings.sigma_max * self.domain.size
        if self.settings.process == "brownian":
            return first**2 + last**2 * (1 - t)
        return first**2 * (2 * math.log(last / first) * (1 - t)).exp()
