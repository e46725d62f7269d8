"""A kernel on a grid over the bounds of its domain: sums cut short, and eigenfunctions."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.interfaces import Harmonics, Images, Shape


@dataclass(frozen=True, eq=False)
class Picture:
    """p_tau(x | x0) at columns x (side,) and rows y (side,) from below; NaN outside the walls.

    `error` is its greatest difference from the best that is known, and `doubt` the estimated error
    of that; both as a share of the peak, that of the free Gaussian or else the uniform density.
    """

    x: Doubles
    y: Doubles
    density: Doubles  # (side, side)
    terms: int
    error: float
    doubt: float


@dataclass(frozen=True, eq=False)
class Tone:
    """One eigenfunction at columns x and rows y; its mean square is 1 over the area."""

    x: Doubles
    y: Doubles
    values: Doubles  # (side, side), NaN outside the walls
    eigenvalue: float


class Grid:
    """Centres of side x side cells over the bounds, and both sums at those within the walls."""

    def __init__(self, shape: Shape, images: Images, harmonics: Harmonics, side: int) -> None:
        self._shape, self._images, self._harmonics, self._side = shape, images, harmonics, side

    @functools.cached_property
    def ticks(self) -> tuple[Doubles, Doubles]:
        """Columns and rows."""
        x0, y0, x1, y1 = self._shape.bounds
        share = (np.arange(self._side) + 0.5) / self._side
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    @functools.cached_property
    def _all(self) -> Doubles:
        return np.stack(np.meshgrid(*self.ticks), -1).reshape(-1, 2)

    @functools.cached_property
    def inside(self) -> Bools:
        """Which of the cells (side * side,) have their centre within the walls."""
        return self._shape.inside(self._all)

    @functools.cached_property
    def points(self) -> Doubles:
        """The centres (n, 2) within the walls."""
        return self._all[self.inside]

    @functools.cached_property
    def _functions(self) -> Doubles:
        """Eigenfunctions (n, modes) at the points."""
        return self._harmonics.eigenfunctions(self.points)

    def picture(self, values: Doubles) -> Doubles:
        """Values (n,) at the points as a picture (side, side)."""
        picture = np.full(self._side**2, np.nan)
        picture[self.inside] = values
        return picture.reshape(self._side, self._side)

    def tone(self, mode: int) -> Tone:
        """The eigenfunction of that number; 0 is the uniform one."""
        values = self.picture(self._functions[:, mode])
        return Tone(*self.ticks, values, float(self._harmonics.eigenvalues[mode]))

    def by_images(self, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (n,) by the `terms` images nearest to x0 (1, 2)."""
        density = self._images.on_grid(*self.ticks, x0, tau, terms)
        return density.ravel()[self.inside]

    def by_harmonics(self, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (n,) by the `terms` slowest harmonics."""
        start = self._harmonics.eigenfunctions(x0)[0, :terms]
        weights = start * np.exp(-self._harmonics.eigenvalues[:terms] * tau)
        return product(self._functions[:, :terms], weights[:, None])[:, 0]
