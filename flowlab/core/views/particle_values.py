"""A signed value of each particle along its path, which may be its colour; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from flowlab.core.array_types import Floats

_SHARE = 0.98  # of all values, that the scale holds


@dataclass(frozen=True, eq=False, kw_only=True)
class ParticleValues:
    """Values of N particles at several times with their rates, cubic in between."""

    name: str  # what they are, in a legend's words
    times: Floats  # (T,) evenly from 0 to 1
    values: Floats  # (T, N)
    rates: Floats  # (T, N), their derivatives by t
    error: float  # rms over the particles, at the times where it is largest
    scale: float  # the size that gets the full colour at every t, exceeded by few

    def __post_init__(self) -> None:
        for array in (self.times, self.values, self.rates):
            array.setflags(write=False)

    def compact(self) -> ParticleValues:
        """The same with 16 bits for each number, a tenth of a percent."""
        values, rates = (
            np.clip(each, -6e4, 6e4).astype(np.float16) for each in (self.values, self.rates)
        )
        return replace(self, values=values, rates=rates)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.values.nbytes + self.rates.nbytes

    def at(self, t: float) -> Floats:
        """The values (N,) float32 at t."""
        place = min(max(t, 0.0), 1.0) * (len(self.times) - 1)
        i = min(int(place), len(self.times) - 2)
        s, h = place - i, float(self.times[i + 1] - self.times[i])
        parts = (
            ((1 + 2 * s) * (1 - s) ** 2, self.values[i]),
            (h * s * (1 - s) ** 2, self.rates[i]),
            (s * s * (3 - 2 * s), self.values[i + 1]),
            (h * s * s * (s - 1), self.rates[i + 1]),
        )
        found = np.zeros(self.values.shape[1], np.float32)
        for weight, values in parts:
            if weight:
                found += np.float32(weight) * values
        return found


def scale_of(values: Floats) -> float:
    """The next of 1, 2 or 5 times a power of ten that most finite values don't exceed; or 1."""
    sizes = np.abs(values[np.isfinite(values)])
    most = float(np.quantile(sizes, _SHARE)) if sizes.size else 0.0
    if not most > 1e-6:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return power * next(step for step in (1, 2, 5, 10) if most <= step * power * (1 + 1e-9))
