"""How fast a cloud becomes uniform within walls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.interfaces import Harmonics

_LEAST = 1e-5  # over the area: a smaller eigenvalue is a 0, of which each room has one
_TOGETHER = 1.01  # eigenvalues within 1 % of the slowest decay with it


@dataclass(frozen=True)
class Decay:
    """The slowest way to uniform: size e^(-rate tau).

    It is the root mean square of density / uniform - 1 over the domain, when all else has decayed.
    """

    rate: float  # lambda_1
    size: float

    def at(self, tau: float) -> float:
        """What is left at tau."""
        return self.size * math.exp(-self.rate * tau)


def decay_of(harmonics: Harmonics, x: Doubles, area: float) -> Decay:
    """Of a cloud that starts at points x (n, 2); raises `Invalid` where no harmonic decays."""
    values = harmonics.eigenvalues
    slow = np.flatnonzero(values > _LEAST / area)
    if not len(slow):
        raise Invalid("One harmonic is the uniform one, which does not decay: ask for more modes.")
    rate = float(values[slow[0]])
    slow = slow[values[slow] <= rate * _TOGETHER]
    coefficients = harmonics.eigenfunctions(x)[:, slow].mean(0)
    return Decay(rate, math.sqrt(area * float(coefficients @ coefficients)))
