"""Exact sums of an equilateral triangle: six orientations of its tiles on a lattice.

The images of a point are those of the six symmetries about one corner, shifted by a lattice; by
Poisson's summation the same sum is one over the dual lattice, whose squared lengths are Lame's
eigenvalues (16 pi^2 / 9 a^2) (m^2 + mn + n^2).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.arguments import peak, sigma_of
from flowlab.core.domains.kernels.box import ROUNDING, bounds_of
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.image_places import gaussians_on_grid, nearest
from flowlab.core.domains.kernels.interfaces import Images, Values
from flowlab.core.domains.kernels.similar_tau import by_similar_tau
from flowlab.core.domains.kernels.weyl import weyl_tail

_REACH, _DEPTH = 8.6, 37.0
_FURTHEST = 12  # sides that images may be away
_ROWS = 1 << 21  # numbers at once


@dataclass(frozen=True)
class Equilateral:
    """A triangle of equal sides: one corner and the angle of the side that starts there.

    The triangle lies to the left of that side.
    """

    corner: tuple[float, float]
    angle: float
    side: float

    @property
    def area(self) -> float:
        """Area of the triangle."""
        return math.sqrt(3) / 4 * self.side**2

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        corners = self.side * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])
        return bounds_of(np.asarray(self.corner) + corners @ self.axes)

    def inside(self, x: Doubles) -> Bools:
        """True (n,) for points within the walls or on them."""
        p, q = self.along(x).T
        slack, slope = ROUNDING * self.side, math.sqrt(3)
        within: Bools = (
            (q >= -slack) & (q <= slope * p + slack) & (q <= slope * (self.side - p) + slack)
        )
        return within

    @property
    def axes(self) -> Doubles:
        """Directions (rows) along the side and into the triangle."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return np.array([[c, s], [-s, c]])

    def along(self, x: Doubles) -> Doubles:
        """Coordinates (n, 2) with the corner at 0 and the side along the first axis."""
        z: Doubles = (x - np.asarray(self.corner)) @ self.axes.T
        return z


def symmetries() -> Doubles:
    """The six symmetries (6, 2, 2) about a corner: turns by 120 degrees, and mirror images."""
    turns = []
    for k in range(3):
        c, s = math.cos(2 * math.pi * k / 3), math.sin(2 * math.pi * k / 3)
        turns += [[[c, -s], [s, c]], [[c, s], [s, -c]]]
    return np.array(turns)


@functools.lru_cache(maxsize=64)
def _tiles(side: float, reach: float) -> tuple[Ints, Doubles]:
    """Symmetry (k,) and shift (k, 2) of each tile of the plane that may be nearer than `reach`."""
    basis = math.sqrt(3) * side * np.array([[0.0, 1.0], [math.sqrt(3) / 2, 0.5]])
    most = math.ceil((reach + 2 * side) / (1.5 * side)) + 1
    steps = np.arange(-most, most + 1)
    shifts = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2) @ basis
    middle = side * np.array([0.5, math.sqrt(3) / 6])
    middles = (symmetries() @ middle)[:, None] + shifts
    corners_away = 2 * side / math.sqrt(3)  # of both tiles, from their middles
    symmetry, shift = np.nonzero(np.linalg.norm(middles - middle, axis=2) <= reach + corners_away)
    return symmetry, shifts[shift]


@dataclass(frozen=True)
class EquilateralImages(Images):
    """Sum of reflections."""

    triangle: Equilateral

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        return by_similar_tau(self._similar, x, x0, tau)

    def _similar(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score where all tau are alike."""
        z, tiles = self.triangle.along(x), self._reach(float(tau.max()))
        chunk = max(1, _ROWS // len(_tiles(self.triangle.side, tiles)[0]))
        parts = [(np.zeros(0), np.zeros((0, 2)))]
        for i in range(0, len(z), chunk):
            rows = slice(i, i + chunk)
            images = self._images(x0 if len(x0) == 1 else x0[rows], float(tau.max()))
            parts.append(_log_sum(z[rows], images, tau[rows]))
        log, score = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        return Values(np.exp(log), score @ self.triangle.axes)

    def _images(self, x0: Doubles, tau: float) -> Doubles:
        """The images (n, k, 2) of x0, along the triangle, that are summed at tau."""
        symmetry, shifts = _tiles(self.triangle.side, self._reach(tau))
        orbit = np.einsum("gij,nj->ngi", symmetries(), self.triangle.along(x0))
        images: Doubles = orbit[:, symmetry] + shifts
        return images

    def on_grid(self, xs: Doubles, ys: Doubles, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (H, W) by the nearest images."""
        places = self._images(x0, tau)[0] @ self.triangle.axes + np.asarray(self.triangle.corner)
        return gaussians_on_grid(xs, ys, nearest(places, x0, terms), tau)

    def _reach(self, tau: float) -> float:
        steps = math.ceil(
            2 * _REACH * float(sigma_of(tau)) / self.triangle.side
        )  # few different sets
        return self.triangle.side * min(_FURTHEST, steps / 2)

    def count(self, tau: float) -> int:
        """Images that are summed at tau."""
        return len(_tiles(self.triangle.side, self._reach(tau))[0])

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak: the mass beyond the furthest image."""
        sigma = float(sigma_of(tau))
        reach = self._reach(tau) / sigma
        area, side = self.triangle.area, self.triangle.side
        tail = math.exp(-(reach**2) / 2) * (1 / area + 6 * reach * sigma / side / area)
        return tail / peak(tau, area)


def _log_sum(z: Doubles, images: Doubles, tau: Doubles) -> tuple[Doubles, Doubles]:
    """Log density (n,) and score (n, 2) of Gaussians at images (n or 1, k, 2)."""
    dx, dy = (z[:, i, None] - images[..., i] for i in (0, 1))
    logs = -(dx**2 + dy**2) / (4 * tau[:, None])
    top = logs.max(1)
    weights = np.exp(logs - top[:, None])
    total = weights.sum(1)
    score = -np.stack([(weights * d).sum(1) for d in (dx, dy)], 1) / (2 * tau * total)[:, None]
    return top + np.log(total) - np.log(4 * math.pi * tau), score


def lame_pairs(modes: int) -> tuple[Ints, Ints]:
    """Whole numbers m, n >= 0, each (modes,), ascending in m^2 + mn + n^2."""
    m, n = (k.ravel() for k in np.indices((int(2 * math.sqrt(modes)) + 4,) * 2))
    order = np.argsort(m**2 + m * n + n**2, kind="stable")[:modes]
    return m[order], n[order]


def lame_eigenvalues(side: float, modes: int) -> Doubles:
    """The least eigenvalues (modes,): (16 pi^2 / 9 a^2) (m^2 + mn + n^2) for m, n >= 0."""
    m, n = lame_pairs(modes)
    values: Doubles = (m**2 + m * n + n**2).astype(np.float64) * (16 * math.pi**2 / (9 * side**2))
    return values


@dataclass(frozen=True)
class EquilateralHarmonics:
    """Sum over the dual lattice, up to the highest eigenvalue."""

    triangle: Equilateral
    eigenvalues: Doubles

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        return by_similar_tau(self._similar, x, x0, tau)

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        return self.values(x, x0, tau).density

    def eigenfunctions(self, x: Doubles) -> Doubles:
        """Sums (n, modes) of six waves: their real part for m >= n, the imaginary for m < n."""
        m, n = lame_pairs(len(self.eigenvalues))
        waves = np.stack([np.maximum(m, n), np.minimum(m, n)], 1) @ _dual_basis(self.triangle.side)
        orbit = np.einsum("gij,nj->gni", symmetries(), self.triangle.along(x))
        total = sum(np.exp(1j * product(z, waves.T)) for z in orbit)
        squares = np.where(m == n, 6.0, np.where(m * n > 0, 3.0, 6.0))
        squares[0] = 36.0  # of the mean, all six waves being 1
        parts: Doubles = np.where(m >= n, total.real, total.imag)
        return parts / np.sqrt(squares * self.triangle.area)

    def _similar(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score where all tau are alike."""
        z, z0 = self.triangle.along(x), self.triangle.along(x0)
        waves = self._waves(float(tau.min()))
        chunk = max(1, _ROWS // (6 * len(waves)))
        parts: list[Doubles] = [np.zeros((0, 3))]
        for i in range(0, len(z), chunk):
            rows = slice(i, i + chunk)
            own = z0 if len(z0) == 1 else z0[rows]
            parts.append(self._part(waves, z[rows], own, tau[rows]))
        out = np.concatenate(parts)
        return Values.of_gradient(out[:, 0], out[:, 1:] @ self.triangle.axes)

    def _part(self, waves: Doubles, z: Doubles, z0: Doubles, tau: Doubles) -> Doubles:
        """Density and gradient (n, 3)."""
        orbit = np.einsum("gij,nj->ngi", symmetries(), z0)
        from_start = np.exp(-1j * product(orbit.reshape(-1, 2), waves.T)).reshape(-1, 6, len(waves))
        weights = np.exp(-(waves**2).sum(1) * tau[:, None]) / (6 * self.triangle.area)
        terms = weights * from_start.sum(1) * np.exp(1j * product(z, waves.T))
        return np.column_stack([terms.real.sum(1), -product(terms.imag.copy(), waves)])

    def _waves(self, tau: float) -> Doubles:
        """Vectors (k, 2) of the dual lattice that are summed at tau."""
        longest = math.sqrt(min(_DEPTH / tau, float(self.eigenvalues[-1]) * (1 + ROUNDING)))
        return _dual(self.triangle.side, longest)

    def count(self, tau: float) -> int:
        """Harmonics that are summed at tau."""
        return max(1, int((self.eigenvalues * tau <= _DEPTH).sum()))

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak, by Weyl's law for what is left out."""
        return weyl_tail(self.eigenvalues, tau, self.triangle.area)


def _dual_basis(side: float) -> Doubles:
    """Both shortest vectors of the dual lattice, 60 degrees apart."""
    return 4 * math.pi / (3 * side) * np.array([[1.0, 0.0], [0.5, math.sqrt(3) / 2]])


def _dual(side: float, longest: float) -> Doubles:
    """Vectors (k, 2) of the dual lattice up to that length."""
    basis = _dual_basis(side)
    most = math.ceil(longest / basis[0, 0] * 1.2) + 1
    steps = np.arange(-most, most + 1)
    waves = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2) @ basis
    short: Doubles = waves[np.linalg.norm(waves, axis=1) <= longest]
    return short
