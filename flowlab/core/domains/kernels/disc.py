"""Sums of a disc: exact harmonics by Bessel functions, and the image in its curved wall."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.bessel import (
    Radial,
    bessel_zeros,
    chebyshev,
    highest_zero,
    radial_functions,
)
from flowlab.core.domains.kernels.box import ROUNDING
from flowlab.core.domains.kernels.curved_wall import log_image
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.image_places import gaussians_on_grid
from flowlab.core.domains.kernels.interfaces import Images, Values
from flowlab.core.domains.kernels.numerical_score import log_free, with_score
from flowlab.core.domains.kernels.similar_tau import by_similar_tau
from flowlab.core.domains.kernels.weyl import weyl_tail

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


def disc_eigenvalues(radius: float, modes: int) -> Doubles:
    """The least eigenvalues (modes,): (j / radius)^2, twice for each n > 0, and 0."""
    n, j = bessel_zeros(highest_zero(modes))
    values = np.repeat(j, np.where(n > 0, 2, 1))
    eigenvalues: Doubles = (np.concatenate([[0.0], values])[:modes] / radius) ** 2
    return eigenvalues


def _listed(orders: Ints, modes: int) -> tuple[Ints, Ints]:
    """Of each eigenfunction but the uniform one its radial function, and 0 or 1: cosine or sine."""
    times = np.where(orders > 0, 2, 1)
    which = np.repeat(np.arange(len(orders)), times)
    part = np.concatenate([[0], np.where(which[1:] == which[:-1], 1, 0)])
    return which[: modes - 1], part[: modes - 1]


@dataclass(frozen=True)
class DiscHarmonics:
    """Sum over Bessel functions and angles.

    More harmonics than `eigenvalues` lists are summed, as the image is less exact than they are.
    """

    disc: Disc
    eigenvalues: Doubles

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        sums = by_similar_tau(self._similar, x, x0, tau)
        return Values.of_gradient(sums.density, sums.score)

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        return by_similar_tau(functools.partial(self._similar, slopes=False), x, x0, tau).density

    def _similar(self, x: Doubles, x0: Doubles, tau: Doubles, slopes: bool = True) -> Values:
        """Density and, in place of the score, its gradient, where all tau are alike."""
        scale = self.disc.radius
        z, z0 = ((p - np.asarray(self.disc.center)) / scale for p in (x, x0))
        t = tau / scale**2
        radial = radial_functions(highest_zero(len(self.eigenvalues)))
        most = len(self._within(float(t.min())))
        chunk = max(1, _ROWS // (8 * most))
        out = np.zeros((len(z), 3))
        for i in range(0, len(z), chunk):
            rows = slice(i, i + chunk)
            start = z0 if len(z0) == 1 else z0[rows]
            out[rows] = _terms(radial, most, z[rows], start, t[rows], slopes)
        out /= math.pi * scale**2
        return Values(out[:, 0], out[:, 1:] / scale)

    def eigenfunctions(self, x: Doubles) -> Doubles:
        """Bessel functions (n, modes) times the cosine or the sine of a multiple of the angle."""
        radial = radial_functions(highest_zero(len(self.eigenvalues)))
        z = (x - np.asarray(self.disc.center)) / self.disc.radius
        which, part = _listed(radial.orders, len(self.eigenvalues))
        most = int(which.max(initial=-1)) + 1
        basis = chebyshev(np.hypot(*z.T), radial)
        along = product(basis, radial.series[:, :most] * np.sqrt(radial.norms[:most]))
        turn = np.exp(1j * np.outer(np.arctan2(z[:, 1], z[:, 0]), radial.orders[which]))
        around = np.where(part == 0, turn.real, turn.imag)
        tones: Doubles = np.concatenate([np.ones((len(x), 1)), along[:, which] * around], 1)
        return tones / math.sqrt(self.disc.area)

    def _within(self, t: float) -> Ints:
        """Orders of the functions that are summed."""
        n, j = bessel_zeros(highest_zero(len(self.eigenvalues)))
        return n[: max(1, int(np.searchsorted(j, math.sqrt(_DEPTH / t))))]

    def count(self, tau: float) -> int:
        """Harmonics that are summed at tau, cosines and sines counted singly."""
        n = self._within(tau / self.disc.radius**2)
        return 1 + int((1 + (n > 0)).sum())

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak, by Weyl's law for what is left out."""
        _, j = bessel_zeros(highest_zero(len(self.eigenvalues)))
        return weyl_tail((j / self.disc.radius) ** 2, tau, self.disc.area)


def _terms(radial: Radial, most: int, z: Doubles, z0: Doubles, t: Doubles, slopes: bool) -> Doubles:
    """Density and gradient (n, 3), or 0 for that, in the unit disc, times pi."""
    own = np.argsort(radial.orders[:most], kind="stable")
    first = np.flatnonzero(np.diff(radial.orders[own], prepend=-1))
    orders, times = radial.orders[own][first], t[:1] if (t == t[0]).all() else t
    start = product(chebyshev(np.hypot(*z0.T), radial), radial.series[:, own])
    common = np.exp(-(radial.zeros[own] ** 2) * times[:, None]) * radial.norms[own] * start
    basis, out = chebyshev(np.hypot(*z.T), radial), np.zeros((len(z), 3))
    turn = np.outer(np.arctan2(z[:, 1], z[:, 0]) - np.arctan2(z0[:, 1], z0[:, 0]), orders)
    here, cos = _over_zeros(basis, radial.series[:, own], common, first), np.cos(turn)
    out[:, 0] = 1 + (here * cos).sum(1)
    if slopes:
        outward = (_over_zeros(basis, radial.slopes[:, own], common, first) * cos).sum(1)
        around = -(here * orders * np.sin(turn)).sum(1)
        out[:, 1:] = _in_plane(z, outward, around)
    return out


def _in_plane(z: Doubles, outward: Doubles, around: Doubles) -> Doubles:
    """The gradient (n, 2) from its derivatives by radius and by angle."""
    r = np.maximum(np.hypot(*z.T), 1e-9)[:, None]
    c, s = np.cos(angle := np.arctan2(z[:, 1], z[:, 0])), np.sin(angle)
    gradient: Doubles = outward[:, None] * np.stack([c, s], 1)
    gradient += around[:, None] * np.stack([-s, c], 1) / r
    return gradient


def _over_zeros(basis: Doubles, series: Doubles, common: Doubles, first: Ints) -> Doubles:
    """Sums (n, orders) over the zeros of each order; `first` are the columns where orders begin."""
    if len(common) == 1:  # one start and time
        return product(basis, np.add.reduceat(series * common, first, 1))
    sums: Doubles = np.add.reduceat(product(basis, series) * common, first, 1)
    return sums


@dataclass(frozen=True)
class DiscImages(Images):
    """The free Gaussian and its image in the curved wall; good where sigma is small."""

    disc: Disc

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        return with_score(self._log, x, x0, tau)

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        density: Doubles = np.exp(self._log(x, x0, tau))
        return density

    def _log(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        radius = self.disc.radius
        z, z0 = x - np.asarray(self.disc.center), x0 - np.asarray(self.disc.center)
        cross = z[:, 0] * z0[:, 1] - z[:, 1] * z0[:, 0]
        v = radius * np.arctan2(np.abs(cross), (z * z0).sum(1))
        u, u0 = radius - np.hypot(*z.T), radius - np.hypot(*z0.T)
        log: Doubles = np.logaddexp(log_free(x, x0, tau), log_image(u, u0, v, 1 / radius, tau))
        return log

    def on_grid(self, xs: Doubles, ys: Doubles, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (H, W) by the Gaussian alone, or with its image."""
        if terms == 1:
            return gaussians_on_grid(xs, ys, x0, tau)
        x = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
        return self.density(x, x0, np.full(len(x), tau)).reshape(len(ys), len(xs))

    def count(self, tau: float) -> int:
        """The Gaussian and one image."""
        del tau
        return 2

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak: of second order in sigma / radius."""
        return min(1.0, _SECOND_ORDER * (float(sigma_of(tau)) / self.disc.radius) ** 2)
