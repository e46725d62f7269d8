"""Sums of a disc: exact harmonics by Bessel functions, and the image in its curved wall."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.box import ROUNDING
from flowlab.core.domains.kernels.curved_wall import log_image
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.equilateral import weyl_tail
from flowlab.core.domains.kernels.interfaces import Values
from flowlab.core.domains.kernels.numerical_score import with_score

HIGHEST = 80.0  # zeros of J_n' that are summed at least, in units of 1 / radius
_DEPTH = 37.0
_ROWS = 1 << 21
_SECOND_ORDER = 0.35  # measured: error over (sigma / radius)^2


@dataclass(frozen=True)
class Disc:
    """A centre and a radius."""

    center: tuple[float, float]
    radius: float

    @property
    def area(self) -> float:
        """Area of the disc."""
        return math.pi * self.radius**2

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        (x, y), r = self.center, self.radius
        return (x - r, y - r, x + r, y + r)

    def inside(self, x: Doubles) -> Bools:
        """True (n,) for points within the wall or on it."""
        r = np.hypot(*(x - np.asarray(self.center)).T)
        within: Bools = r <= self.radius * (1 + ROUNDING)
        return within


@dataclass(frozen=True, eq=False)
class Radial:
    """Bessel functions J_n(j r) for r in 0 ... 1, as Chebyshev series exact to rounding."""

    orders: Ints
    zeros: Doubles
    norms: Doubles  # e_n / ((1 - n^2 / j^2) J_n(j)^2)
    series: Doubles  # (degree, functions)
    slopes: Doubles  # of the derivatives by r

    def read(self, r: Doubles, most: int) -> tuple[Doubles, Doubles]:
        """Values and derivatives (n, most) of the first functions."""
        basis: Doubles = np.polynomial.chebyshev.chebvander(2 * r - 1, len(self.series) - 1).astype(
            np.float64
        )
        return product(basis, self.series[:, :most]), product(basis, self.slopes[:, :most])


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


def disc_eigenvalues(radius: float, modes: int) -> Doubles:
    """The least eigenvalues (modes,): (j / radius)^2, twice for each n > 0, and 0."""
    n, j = bessel_zeros(_highest(modes))
    values = np.repeat(j, np.where(n > 0, 2, 1))
    eigenvalues: Doubles = (np.concatenate([[0.0], values])[:modes] / radius) ** 2
    return eigenvalues


def _highest(modes: int) -> float:
    """A bound of the zeros that so many modes have, by Weyl's law; few different ones."""
    return max(HIGHEST, 10 * math.ceil((2 * math.sqrt(modes) + 4) / 10))


@dataclass(frozen=True)
class DiscHarmonics:
    """Sum over Bessel functions and angles.

    More harmonics than `eigenvalues` lists are summed, as the image is less exact than they are.
    """

    disc: Disc
    eigenvalues: Doubles

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        scale = self.disc.radius
        z, z0 = ((p - np.asarray(self.disc.center)) / scale for p in (x, x0))
        t = tau / scale**2
        radial = radial_functions(_highest(len(self.eigenvalues)))
        most = len(self._within(float(t.min())))
        chunk = max(1, _ROWS // (8 * most))
        parts = [np.zeros((0, 3))]
        for i in range(0, len(z), chunk):
            rows = slice(i, i + chunk)
            parts.append(_terms(radial, most, z[rows], z0 if len(z0) == 1 else z0[rows], t[rows]))
        out = np.concatenate(parts) / (math.pi * scale**2)
        return Values.of_gradient(out[:, 0], out[:, 1:] / scale)

    def _within(self, t: float) -> Ints:
        """Orders of the functions that are summed."""
        n, j = bessel_zeros(_highest(len(self.eigenvalues)))
        return n[: max(1, int(np.searchsorted(j, math.sqrt(_DEPTH / t))))]

    def count(self, tau: float) -> int:
        """Harmonics that are summed at tau, cosines and sines counted singly."""
        n = self._within(tau / self.disc.radius**2)
        return 1 + int((1 + (n > 0)).sum())

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak, by Weyl's law for what is left out."""
        _, j = bessel_zeros(_highest(len(self.eigenvalues)))
        return weyl_tail((j / self.disc.radius) ** 2, tau, self.disc.area)


def _terms(radial: Radial, most: int, z: Doubles, z0: Doubles, t: Doubles) -> Doubles:
    """Density and gradient (n, 3) in the unit disc, times pi, of so many Bessel functions."""
    n, j = radial.orders[:most], radial.zeros[:most]
    r, angle = np.hypot(*z.T), np.arctan2(z[:, 1], z[:, 0])
    turn = angle - np.arctan2(z0[:, 1], z0[:, 0])
    times = t[:1] if (t == t[0]).all() else t
    start, _ = radial.read(np.hypot(*z0.T), most)
    common = np.exp(-(j**2) * times[:, None]) * radial.norms[:most] * start
    here, outward = radial.read(r, most)
    orders = np.arange(int(n.max()) + 1)
    cos, sin = np.cos(orders * turn[:, None])[:, n], np.sin(orders * turn[:, None])[:, n]
    density = 1 + (common * here * cos).sum(1)
    slope = (common * outward * cos).sum(1)
    around = -(common * here * n * sin).sum(1) / np.maximum(r, 1e-9)
    c, s = np.cos(angle), np.sin(angle)
    return np.column_stack([density, slope * c - around * s, slope * s + around * c])


@dataclass(frozen=True)
class DiscImages:
    """The free Gaussian and its image in the curved wall; good where sigma is small."""

    disc: Disc

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        return with_score(self._log, x, x0, tau)

    def _log(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        radius = self.disc.radius
        z, z0 = x - np.asarray(self.disc.center), x0 - np.asarray(self.disc.center)
        cross = z[:, 0] * z0[:, 1] - z[:, 1] * z0[:, 0]
        v = radius * np.arctan2(np.abs(cross), (z * z0).sum(1))
        u, u0 = radius - np.hypot(*z.T), radius - np.hypot(*z0.T)
        free = -((x - x0) ** 2).sum(1) / (4 * tau) - np.log(4 * math.pi * tau)
        log: Doubles = np.logaddexp(free, log_image(u, u0, v, 1 / radius, tau))
        return log

    def count(self, tau: float) -> int:
        """The Gaussian and one image."""
        del tau
        return 2

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak: of second order in sigma / radius."""
        return min(1.0, _SECOND_ORDER * (float(sigma_of(tau)) / self.disc.radius) ** 2)
