"""The mirror image in a smoothly curved wall, to first order in its curvature.

In coordinates (u, v), distance from the wall and arc length along it, a wall of curvature k turns
the half plane's reflection into a reflecting wall with a source of strength k / 2 and a medium in
which heat runs faster along v by 2 k u. Duhamel's formula gives what both add, in closed form but
for one integral over a Brownian bridge. On the wall itself the sum is 1 + k sqrt(pi tau) / 4 times
the half plane's, as McKean and Singer found. What is left out is of order (k sigma)^2.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erf, erfc, erfcx

from flowlab.core.array_types import Doubles

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_ANGLES = (np.pi / 2) * (_NODES + 1)
_SHARES = (1 - np.cos(_ANGLES)) / 2  # of the time; dense at both ends
_LENGTHS = _WEIGHTS * np.sin(_ANGLES) * (np.pi / 4)
_NEGLIGIBLE = 300.0  # an image e^-300 times the start


def log_image(
    u: Doubles, u0: Doubles, v: Doubles, curvature: Doubles | float, tau: Doubles
) -> Doubles:
    """Log (n,) of what the wall adds to the free Gaussian, from (u0, 0) to (u, v).

    `curvature` is positive where the domain is convex; of a flat wall it is 0, and the image exact.
    """
    logs = -((u + u0) ** 2 + v**2) / (4 * tau) - np.log(4 * math.pi * tau)
    seen = u * u0 < _NEGLIGIBLE * tau
    if np.ndim(curvature) == 0 and curvature == 0:
        return np.where(seen, logs, -np.inf)
    safe = np.where(seen, u0, 0.0), np.where(seen, u, 0.0)
    first = curvature * _first_order(safe[1], safe[0], np.where(seen, v, 0.0), tau)
    stretch = np.clip((1 - curvature * u) * (1 - curvature * u0), 0.05, None)
    with np.errstate(under="ignore"):
        growth = np.where(first > 0, np.log1p(np.maximum(first, 0)), np.minimum(first, 0))
    return np.where(seen, logs + growth - 0.5 * np.log(stretch), -np.inf)


def _first_order(u: Doubles, u0: Doubles, v: Doubles, tau: Doubles) -> Doubles:
    """The first-order term of a unit curvature, as a multiple of the half plane's image."""
    with np.errstate(under="ignore"):
        wall = 0.5 * erfcx((u + u0) / np.sqrt(4 * tau)) * np.sqrt(4 * math.pi * tau)
        crossing, away = _bridges(u, u0, tau)
        ratio = np.exp(np.minimum(u * u0 / tau, _NEGLIGIBLE))
        along = v**2 / (4 * tau**2) - 1 / (2 * tau)
        total: Doubles = wall + 2 * along * (2 * ratio * crossing + away)
    return total


def _bridges(u: Doubles, u0: Doubles, tau: Doubles) -> tuple[Doubles, Doubles]:
    """Integrals over time of E[max(-B, 0)] for a bridge u0 -> u, and of E|B| for -u0 -> u."""
    share, t = _SHARES[:, None], tau
    spread = np.sqrt(2 * share * (1 - share) * t)
    mean = u0 + (u - u0) * share
    z = mean / (math.sqrt(2) * spread)
    below = spread / math.sqrt(2 * math.pi) * np.exp(-(z**2)) - mean / 2 * erfc(z)
    mean = -u0 + (u + u0) * share
    z = mean / (math.sqrt(2) * spread)
    size = spread * math.sqrt(2 / math.pi) * np.exp(-(z**2)) + mean * erf(z)
    return t * (_LENGTHS @ below), t * (_LENGTHS @ size)
