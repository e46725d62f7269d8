"""The exact kernel of an infinite wedge with reflecting walls, near its tip.

In polar coordinates it is a series of Bessel functions I of order m pi / angle (Carslaw). Images
give it exactly where the angle is pi / m; elsewhere the tip scatters, which the series knows.
"""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles

_ORDERS = 44.0  # of the Bessel functions; enough for r r0 <= 25 tau


def log_wedge(
    r: Doubles, angle: Doubles, r0: Doubles, angle0: Doubles, opening: float, tau: Doubles
) -> Doubles:
    """Log density (n,) at polar coordinates in a wedge 0 <= angle <= opening, from others."""
    from scipy.special import ive

    m = np.arange(1, max(2, math.ceil(_ORDERS * opening / math.pi) + 1))
    z = (r * r0 / (2 * tau))[:, None]
    order = m * (math.pi / opening)
    waves = 2 * ive(order, z) * np.cos(order * angle[:, None]) * np.cos(order * angle0[:, None])
    series = ive(0, z[:, 0]) + waves.sum(1)
    log: Doubles = np.log(np.maximum(series, 1e-300)) - np.log(2 * opening * tau)
    return log - (r - r0) ** 2 / (4 * tau)
