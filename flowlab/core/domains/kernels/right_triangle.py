"""Exact sums of half a square, cut along its diagonal: those of the square, mirrored in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.box import ROUNDING, BoxHarmonics, BoxImages, bounds_of
from flowlab.core.domains.kernels.image_places import gaussians_on_grid, nearest
from flowlab.core.domains.kernels.interfaces import Images, Values


@dataclass(frozen=True)
class Corner:
    """A right isosceles triangle: its right angle, the directions of its legs (rows), their length.

    In coordinates (p, q) along the legs it is p, q >= 0, p + q <= leg.
    """

    apex: tuple[float, float]
    directions: tuple[tuple[float, float], tuple[float, float]]
    leg: float

    @property
    def area(self) -> float:
        """Half a square."""
        return self.leg**2 / 2

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        legs = self.leg * np.asarray(self.directions)
        return bounds_of(np.asarray(self.apex) + np.vstack([np.zeros(2), legs]))

    def inside(self, x: Doubles) -> Bools:
        """True (n,) for points within the walls or on them."""
        slack = ROUNDING * self.leg
        z = self.along_legs(x)
        within: Bools = (z >= -slack).all(1) & (z.sum(1) <= self.leg + slack)
        return within

    def along_legs(self, x: Doubles) -> Doubles:
        """Coordinates (n, 2) along the legs."""
        z: Doubles = (x - np.asarray(self.apex)) @ np.asarray(self.directions).T
        return z

    def mirrored(self, z: Doubles) -> Doubles:
        """Points (n, 2), in coordinates along the legs, mirrored in the hypotenuse."""
        return self.leg - z[:, ::-1]

    def turned(self, vectors: Doubles) -> Doubles:
        """Vectors (n, 2) along the legs as vectors of the plane."""
        turned: Doubles = vectors @ np.asarray(self.directions)
        return turned


def triangle_pairs(modes: int) -> tuple[Ints, Ints]:
    """Half waves m >= n >= 0 along the legs, each (modes,), slowest first."""
    m, n = np.tril_indices(int(2 * np.sqrt(2 * modes)) + 4)
    order = np.argsort(m**2 + n**2, kind="stable")[:modes]
    return m[order], n[order]


def triangle_eigenvalues(leg: float, modes: int) -> Doubles:
    """The least eigenvalues (modes,): pi^2 (m^2 + n^2) / leg^2 for m >= n >= 0."""
    m, n = triangle_pairs(modes)
    values: Doubles = (m**2 + n**2).astype(np.float64) * (np.pi / leg) ** 2
    return values


@dataclass(frozen=True)
class TriangleImages(Images):
    """Sum of reflections."""

    corner: Corner
    square: BoxImages

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        z, z0 = self.corner.along_legs(x), self.corner.along_legs(x0)
        (a, sa), (b, sb) = (
            self.square.logs(z, start, tau) for start in (z0, self.corner.mirrored(z0))
        )
        log = np.logaddexp(a, b)
        score = np.exp(a - log)[:, None] * sa + np.exp(b - log)[:, None] * sb
        return Values(np.exp(log), self.corner.turned(score))

    def on_grid(self, xs: Doubles, ys: Doubles, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (H, W) by the nearest images."""
        z0 = self.corner.along_legs(x0)
        own = [self.square.places(z, tau) for z in (z0, self.corner.mirrored(z0))]
        places = self.corner.turned(np.concatenate(own)) + np.asarray(self.corner.apex)
        return gaussians_on_grid(xs, ys, nearest(places, x0, terms), tau)

    def count(self, tau: float) -> int:
        """Images that are summed at tau."""
        return 2 * self.square.count(tau)

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak."""
        return 2 * self.square.error(tau)


@dataclass(frozen=True)
class TriangleHarmonics:
    """Sum of the square's harmonics that are even across the diagonal."""

    corner: Corner
    square: BoxHarmonics
    eigenvalues: Doubles

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        z, z0 = self.corner.along_legs(x), self.corner.along_legs(x0)
        (a, da), (b, db) = (
            self.square.gradient(z, start, tau) for start in (z0, self.corner.mirrored(z0))
        )
        return Values.of_gradient(a + b, self.corner.turned(da + db))

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        return self.values(x, x0, tau).density

    def eigenfunctions(self, x: Doubles) -> Doubles:
        """Products of cosines (n, modes) that are even across the diagonal."""
        m, n = triangle_pairs(len(self.eigenvalues))
        angle = self.corner.along_legs(x) * (np.pi / self.corner.leg)
        waves = np.cos(angle[:, :, None] * np.arange(int(m.max()) + 1))
        mirrored = np.where((m + n) % 2, -1, 1) * waves[:, 0, n] * waves[:, 1, m]
        shares = np.where(m > 0, 2.0, 1.0) * np.where(n > 0, 2.0, 1.0) / np.where(m == n, 2.0, 1.0)
        even: Doubles = np.sqrt(shares) / self.corner.leg
        tones: Doubles = even * (waves[:, 0, m] * waves[:, 1, n] + mirrored)
        return tones

    def count(self, tau: float) -> int:
        """Harmonics that are summed at tau: one for each unordered pair of the square's."""
        side = self.square.axes[0].cosines(tau) + 1
        return side * (side + 1) // 2

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak."""
        return 2 * self.square.error(tau)
