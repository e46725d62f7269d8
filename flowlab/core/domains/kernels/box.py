"""Exact sums of a rectangle, a product over its axes, and of half a square."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.domains.kernels.axis import Axis
from flowlab.core.domains.kernels.image_places import gaussians_on_grid, nearest
from flowlab.core.domains.kernels.interfaces import Images, Values

ROUNDING = 1e-9  # of the size: a point so far outside is on the wall
_AT_WALL = 2.0  # times its peak inside is the density along the other axis there, at most


@dataclass(frozen=True)
class Box:
    """A rectangle with its corner of least x and y at `corner`."""

    corner: tuple[float, float]
    size: tuple[float, float]

    @property
    def area(self) -> float:
        """Width times height."""
        return self.size[0] * self.size[1]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        (x, y), (width, height) = self.corner, self.size
        return (x, y, x + width, y + height)

    def inside(self, x: Doubles) -> Bools:
        """True (n,) for points within the walls or on them."""
        slack = ROUNDING * max(self.size)
        z = x - np.asarray(self.corner)
        within: Bools = ((z >= -slack) & (z <= np.asarray(self.size) + slack)).all(1)
        return within


def bounds_of(points: Doubles) -> tuple[float, float, float, float]:
    """Least x and y, greatest x and y of points (n, 2)."""
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return (x0, y0, x1, y1)


def lattice_waves(size: tuple[float, float], modes: int) -> Doubles:
    """Wave numbers (modes, 2) of a rectangle's cosines: pi m / w and pi n / h, slowest first."""
    area, edge = size[0] * size[1], max(size)
    highest = math.sqrt(4 * math.pi * modes / area) + 8 / min(size)  # Weyl's law, with room
    highest = min(highest, math.pi * modes / edge)  # along a thin box there are as many alone
    one, other = (np.arange(math.ceil(highest * s / math.pi) + 2) * math.pi / s for s in size)
    waves = np.stack(np.meshgrid(one, other, indexing="ij"), -1).reshape(-1, 2)
    slowest: Doubles = waves[np.argsort((waves**2).sum(1), kind="stable")[:modes]]
    return slowest


def lattice_eigenvalues(size: tuple[float, float], modes: int) -> Doubles:
    """The least eigenvalues (modes,) of a rectangle, ascending: pi^2 (m^2/w^2 + n^2/h^2)."""
    values: Doubles = (lattice_waves(size, modes) ** 2).sum(1)
    return values


def axes_of(box: Box, eigenvalues: Doubles) -> tuple[Axis, Axis]:
    """The axes of a box, with cosines up to the highest eigenvalue."""
    top = math.sqrt(float(eigenvalues[-1])) / math.pi
    one, other = (Axis(length, math.floor(top * length + ROUNDING)) for length in box.size)
    return one, other


@dataclass(frozen=True)
class BoxImages(Images):
    """Sum of reflections in a rectangle."""

    box: Box
    axes: tuple[Axis, Axis]

    def logs(self, x: Doubles, x0: Doubles, tau: Doubles) -> tuple[Doubles, Doubles]:
        """Log density (n,) and score (n, 2)."""
        z, z0 = x - np.asarray(self.box.corner), x0 - np.asarray(self.box.corner)
        (a, da), (b, db) = (
            axis.log_images(z[:, i], z0[:, i], tau) for i, axis in enumerate(self.axes)
        )
        return a + b, np.stack([da, db], 1)

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        log, score = self.logs(x, x0, tau)
        return Values(np.exp(log), score)

    def on_grid(self, xs: Doubles, ys: Doubles, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (H, W) by the nearest images."""
        return gaussians_on_grid(xs, ys, nearest(self.places(x0, tau), x0, terms), tau)

    def places(self, x0: Doubles, tau: float) -> Doubles:
        """Where the images (k, 2) of x0 (1, 2) are that are summed at tau."""
        z = (x0 - np.asarray(self.box.corner))[0]
        one, other = (axis.places(float(z[i]), tau) for i, axis in enumerate(self.axes))
        return np.stack(np.meshgrid(one, other), -1).reshape(-1, 2) + self.box.corner

    def count(self, tau: float) -> int:
        """Images that are summed at tau, the start itself counted."""
        return math.prod(4 * axis.pairs(tau) + 3 for axis in self.axes)

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak."""
        return _AT_WALL * sum(axis.images_error(tau) for axis in self.axes)


@dataclass(frozen=True)
class BoxHarmonics:
    """Sum of products of cosines in a rectangle."""

    box: Box
    axes: tuple[Axis, Axis]
    eigenvalues: Doubles

    def gradient(self, x: Doubles, x0: Doubles, tau: Doubles) -> tuple[Doubles, Doubles]:
        """Density (n,) and its gradient (n, 2)."""
        z, z0 = x - np.asarray(self.box.corner), x0 - np.asarray(self.box.corner)
        (a, da), (b, db) = (
            axis.sum_cosines(z[:, i], z0[:, i], tau) for i, axis in enumerate(self.axes)
        )
        return a * b, np.stack([da * b, a * db], 1)

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        return Values.of_gradient(*self.gradient(x, x0, tau))

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        return self.values(x, x0, tau).density

    def eigenfunctions(self, x: Doubles) -> Doubles:
        """Products of cosines (n, modes)."""
        waves = lattice_waves(self.box.size, len(self.eigenvalues))
        z = x - np.asarray(self.box.corner)
        root = np.sqrt(np.where(waves > 0, 2.0, 1.0).prod(1) / self.box.area)
        products: Doubles = root * np.cos(z[:, :1] * waves[:, 0]) * np.cos(z[:, 1:] * waves[:, 1])
        return products

    def count(self, tau: float) -> int:
        """Products of cosines that are summed at tau, the constant counted."""
        return math.prod(axis.cosines(tau) + 1 for axis in self.axes)

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak."""
        return _AT_WALL * sum(axis.cosines_error(tau) for axis in self.axes)
