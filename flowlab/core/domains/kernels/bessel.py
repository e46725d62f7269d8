"""Bessel functions between the zeros of their slopes: the radial parts of a disc's harmonics."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles, Ints

HIGHEST = 80.0  # zeros of J_n' that are summed at least, in units of 1 / radius


@dataclass(frozen=True, eq=False)
class Radial:
    """Bessel functions J_n(j r) for r in 0 ... 1, as Chebyshev series exact to rounding."""

    orders: Ints
    zeros: Doubles
    norms: Doubles  # e_n / ((1 - n^2 / j^2) J_n(j)^2)
    series: Doubles  # (degree, functions)
    slopes: Doubles  # of the derivatives by r


def chebyshev(r: Doubles, radial: Radial) -> Doubles:
    """Chebyshev polynomials (n, degree) of r in 0 ... 1."""
    angle = np.arccos(np.clip(2 * r - 1, -1.0, 1.0))
    basis: Doubles = np.cos(np.outer(angle, np.arange(len(radial.series))))
    return basis


@functools.lru_cache(maxsize=4)
def radial_functions(highest: float) -> Radial:
    """The Bessel functions whose slope has a zero up to `highest`."""
    from scipy.fft import dct
    from scipy.special import jv

    n, j = bessel_zeros(highest)
    degree = math.ceil(highest / 2) + 40  # half the waves of the fastest, and its decay
    node = np.cos(np.pi * (np.arange(degree) + 0.5) / degree)
    series = dct(jv(n, j * (node[:, None] + 1) / 2), axis=0) / degree
    series[0] /= 2
    slopes = np.zeros_like(series)
    slopes[:-1] = 2 * np.polynomial.chebyshev.chebder(series)
    norms = np.where(n > 0, 2.0, 1.0) / ((1 - (n / j) ** 2) * jv(n, j) ** 2)
    return Radial(n, j, norms, series, slopes)


@functools.lru_cache(maxsize=4)
def bessel_zeros(highest: float) -> tuple[Ints, Doubles]:
    """Orders n and positive zeros j of J_n' up to `highest`, ascending in j."""
    from scipy.special import jnp_zeros

    orders, zeros = [], []
    for order in range(math.ceil(highest) + 1):
        own = jnp_zeros(order, max(1, math.ceil((highest - order) / math.pi) + 3))
        own = own[own <= highest]
        if not len(own):
            break  # the first zero of J_n' exceeds n
        orders.append(np.full(len(own), order))
        zeros.append(own)
    n, j = np.concatenate(orders), np.concatenate(zeros)
    ascending = np.argsort(j, kind="stable")
    return n[ascending], j[ascending]


def highest_zero(modes: int) -> float:
    """A bound of the zeros that so many modes have, by Weyl's law; few different ones."""
    return max(HIGHEST, 10 * math.ceil((2 * math.sqrt(modes) + 4) / 10))
