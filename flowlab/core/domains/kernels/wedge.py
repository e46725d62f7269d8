"""The exact kernel of an infinite wedge with reflecting walls, near its tip.

In polar coordinates it is a series of Bessel functions I of order m pi / angle (Carslaw). Images
give it exactly where the angle is pi / m; elsewhere the tip scatters, which the series knows.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.dense import product

_HIGHEST = 32.0  # order of the Bessel functions: the next is 1e-14 of the first at z = 12.5
_FURTHEST = 12.5  # z = r r0 / 2 tau up to which the series is good
_DEGREE = 32  # of polynomials in z^2, exact to rounding


def wedge(
    r: Doubles, angle: Doubles, r0: Doubles, angle0: Doubles, opening: float, tau: Doubles
) -> Doubles:
    """Density (n,) at polar coordinates in a wedge 0 <= angle <= opening, from others.

    For r r0 <= 25 tau.
    """
    orders, polynomials = _bessel(opening)
    z = r * r0 / (2 * tau)
    bend = np.arccos(np.clip(2 * (z / _FURTHEST) ** 2 - 1, -1.0, 1.0))
    powers = np.cos(np.outer(bend, np.arange(_DEGREE)))
    waves = np.cos(np.outer(angle, orders)) * np.cos(np.outer(angle0, orders))
    shares = np.exp(np.outer(np.log(np.maximum(z, 1e-30) / _FURTHEST), orders))
    series = (product(powers, polynomials) * shares * waves).sum(1)
    density: Doubles = series * np.exp(-(r**2 + r0**2) / (4 * tau)) / (2 * opening * tau)
    return density


@functools.lru_cache(maxsize=256)
def _bessel(opening: float) -> tuple[Doubles, Doubles]:
    """Orders (m,) and Chebyshev series (degree, m) in z^2 of I_order(z) (furthest / z)^order."""
    from scipy.fft import dct
    from scipy.special import iv

    orders = np.arange(math.ceil(_HIGHEST * opening / math.pi) + 1) * (math.pi / opening)
    node = np.cos(np.pi * (np.arange(_DEGREE) + 0.5) / _DEGREE)
    z = _FURTHEST * np.sqrt((node[:, None] + 1) / 2)
    series = dct(iv(orders, z) * (_FURTHEST / z) ** orders, axis=0) / _DEGREE
    series[0] /= 2
    series[:, 1:] *= 2
    return orders.astype(np.float64), np.asarray(series, dtype=np.float64)
