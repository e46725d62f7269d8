"""What is left out of a sum of harmonics, by Weyl's law."""

from __future__ import annotations

import math

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import peak

_DEPTH = 37.0  # a harmonic of weight e^-37 = 1e-16 is left out


def weyl_tail(eigenvalues: Doubles, tau: float, area: float) -> float:
    """What harmonics beyond the given ones add at their greatest, as a share of the peak.

    At a corner or a wall they add up to twice (at 60 degrees six times) as much as inside; the
    density of eigenvalues is area / 4 pi, by Weyl's law, and the squares of eigenfunctions have
    mean 1 / area.
    """
    at_corner = 6.0
    first = min(float(eigenvalues[-1]), _DEPTH / tau) if len(eigenvalues) else 0.0
    return at_corner * math.exp(-first * tau) / (4 * math.pi * tau) / peak(tau, area)
