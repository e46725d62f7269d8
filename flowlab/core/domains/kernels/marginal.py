"""The marginal density and score of any density on a grid, carried by reflected Brownian motion."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import numbers_of
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.cut_cells import cut_cells
from flowlab.core.domains.kernels.grid_reading import GridReader
from flowlab.core.domains.kernels.interfaces import Shape, Values
from flowlab.core.domains.kernels.polygon import CELLS, PolygonHarmonics, PolygonShape

_SUBPOINTS = 4  # a side of each cell at which the given density is read
_NODES = 12  # of the contour; its error is about 4^-12 of the start
_SPENT = 20.0  # harmonics of less weight than e^-20 are left out
_MOST_SIDE = 4096


class Marginal:
    """Density and score at one heat time, interpolated between the cells of a grid."""

    def __init__(self, reader: GridReader, values: Doubles, shape: Shape) -> None:
        self._reader, self._cells, self._shape = reader, values, shape

    @functools.cached_property
    def _extended(self) -> Doubles:
        return self._reader.extended(self._cells)

    @property
    def grid(self) -> tuple[Doubles, Doubles]:
        """Centres of the cells: columns (W,) and rows (H,) from below."""
        return self._reader.cells.ticks()

    @property
    def picture(self) -> Doubles:
        """Density (H, W) of the cells; NaN outside the walls."""
        picture = np.full(self._reader.cells.inside.shape, np.nan)
        picture[self._reader.cells.active] = self._cells
        return picture

    def density(self, x: Any) -> Tensor:
        """Density (n,) at x (n, 2); 0 outside the walls."""
        return self._at(x)[0]

    def score(self, x: Any) -> Tensor:
        """Gradient (n, 2) of the log density; NaN outside the walls."""
        return self._at(x)[1]

    def _at(self, x: Any) -> tuple[Tensor, Tensor]:
        given, like = points_of(x)
        points = given.double().cpu().numpy()
        rows = np.flatnonzero(self._shape.inside(points))
        density, score = np.zeros(len(points)), np.full(points.shape, np.nan)
        density[np.isnan(points).any(1)] = np.nan
        read = [matrix @ self._extended for matrix in self._reader.read(points[rows])]
        found = Values.of_gradient(read[0], np.stack(read[1:], 1))
        density[rows], score[rows] = np.maximum(found.density, 0), found.score
        return torch.from_numpy(density).to(like), torch.from_numpy(score).to(like)


class GridFlow:
    """The heat flow on the cells of a polygon, exact in time."""

    def __init__(
        self, shape: PolygonShape, modes: int, harmonics: PolygonHarmonics | None = None
    ) -> None:
        self.shape, self._modes, self._given = shape, modes, harmonics

    @functools.cached_property
    def _harmonics(self) -> PolygonHarmonics:
        """The harmonics, computed when a time needs them."""
        return self._given or PolygonHarmonics(self.shape, self._modes)

    @functools.cached_property
    def reader(self) -> GridReader:
        """The grid, that of the harmonics where there are some."""
        if self._given is not None:
            return self._given.reader
        return GridReader(cut_cells(self.shape.polygon, CELLS), self.shape.polygon)

    def marginal(self, density: Any, tau: float, within: Shape) -> Marginal:
        """The marginal at tau of a density (H, W) over the bounds, rows from below.

        It is normalised over the domain. Raises `Invalid` unless it has mass there.
        """
        start = self._start(density_of(density), within)
        values = self._by_harmonics(start, tau)
        values = self._by_contour(start, tau) if values is None else values
        return Marginal(self.reader, values, within)

    def _start(self, density: Doubles, within: Shape) -> Doubles:
        """The density's mean in each active cell, of mass 1."""
        cells = self.reader.cells
        x, y = (_subpoints(ticks, cells.step) for ticks in cells.ticks())
        x0, y0, x1, y1 = within.bounds
        column, row = (
            np.clip((p - low) / (high - low) * n, 0, n - 1).astype(int)
            for p, low, high, n in ((x, x0, x1, density.shape[1]), (y, y0, y1, density.shape[0]))
        )
        height, width = cells.inside.shape
        fine = density[np.ix_(row, column)].reshape(height, _SUBPOINTS, width, _SUBPOINTS)
        start: Doubles = fine.mean((1, 3))[cells.active]
        mass = float(start @ cells.volumes)
        if mass <= 0:
            raise Invalid("The density is 0 everywhere within the walls: it has no marginal.")
        return start / mass

    def _by_harmonics(self, start: Doubles, tau: float) -> Doubles | None:
        """The flow by coefficients; None where there are too few harmonics for it."""
        highest = 4 * math.pi * self._modes / self.shape.area  # Weyl's law
        if highest * tau < _SPENT:
            return None
        functions = self._harmonics.functions
        coefficients = functions.T @ (start * self.reader.cells.volumes)
        values: Doubles = functions @ (np.exp(-self._harmonics.eigenvalues * tau) * coefficients)
        return values

    def _by_contour(self, start: Doubles, tau: float) -> Doubles:
        """The flow by the resolvent along a contour (Trefethen, Weideman and Schmelzer 2006)."""
        from scipy.sparse import eye_array
        from scipy.sparse.linalg import splu

        cells, root = self.reader.cells, np.sqrt(self.reader.cells.volumes)
        places, weights = contour(_NODES)
        total = np.zeros(len(start))
        identity, scaled = eye_array(len(start)), cells.operator * tau
        for z, weight in zip(places, weights, strict=True):
            resolvent = splu(
                (z * identity + scaled).tocsc(),
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
            total += 2 * (weight * resolvent.solve((start * root).astype(complex))).real
        flowed: Doubles = total / root
        return flowed


def contour(nodes: int) -> tuple[Any, Any]:
    """Points z (nodes / 2,) and weights w with exp(-a) = sum of 2 Re w / (z + a) for a >= 0."""
    angle = np.pi * np.arange(1, nodes, 2) / nodes
    cot, slope = 1 / np.tan(0.6407 * angle), 0.6407 / np.sin(0.6407 * angle) ** 2
    z = nodes * (0.5017 * angle * cot - 0.6122 + 0.2645j * angle)
    dz = nodes * (0.5017 * cot - 0.5017 * angle * slope + 0.2645j)
    return z, np.exp(z) * dz / (1j * nodes)


def density_of(given: Any) -> Doubles:
    """A density (H, W) as float64; raises `Invalid` unless it is finite and nowhere negative."""
    density = numbers_of(given, "A density").astype(np.float64)
    if density.ndim != 2 or not density.size or max(density.shape) > _MOST_SIDE:
        raise Invalid(
            f"A density on a grid must be of shape (H, W), up to {_MOST_SIDE:,} a side, not "
            f"{density.shape}."
        )
    if not np.isfinite(density).all() or density.min() < 0:
        raise Invalid("A density must be finite and nowhere negative.")
    scale = density.max()
    return density / scale if scale > 0 else density


def _subpoints(ticks: Doubles, step: float) -> Doubles:
    """Places (4 n,) within cells with those centres."""
    offsets = (np.arange(_SUBPOINTS) + 0.5) / _SUBPOINTS - 0.5
    points: Doubles = (ticks[:, None] + step * offsets).ravel()
    return points
