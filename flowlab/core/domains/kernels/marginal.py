"""The marginal density and score of any density on a grid, carried by reflected Brownian motion."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import numbers_of
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.early_flow import EarlyFlow
from flowlab.core.domains.kernels.grid_reading import GridReader
from flowlab.core.domains.kernels.interfaces import Harmonics, Shape
from flowlab.core.domains.kernels.polynomial_flow import flowed
from flowlab.core.domains.kernels.room_densities import room_densities

_SUBPOINTS = 4  # a side of each cell at which the given density is read
_SPENT = 20.0  # harmonics are enough where those left out have less weight than e^-20
_FLOOR = 1e-13  # of the peak: less is rounding
_MOST_SIDE = 4096
# How much is taken from the grid's flow, the rest from Gaussians and their mirror images: from
# nothing to all between these, by sigma in cells, by the distance to a corner in sigmas, and by
# the logarithm to base ten of what arrives over the peak.
_CELLS, _CORNER = (3.0, 6.0), (4.5, 2.5)
_TAIL, _FINE_TAIL = (-6.5, -4.5), (-3.0, -2.0)  # the latter where sigma is few cells


class Marginal:
    """Density and score at one heat time, interpolated between the cells of a grid.

    The score is that of the interpolated logarithm, which is good in the tails too.
    """

    def __init__(self, reader: GridReader, logs: Doubles, shape: Shape) -> None:
        """Of the logarithms of the density (k,) in the active cells."""
        self._reader, self._shape = reader, shape
        self._logs, self._cells = logs, np.exp(logs)

    @functools.cached_property
    def _extended(self) -> Doubles:
        return self._reader.extended(self._cells)

    @functools.cached_property
    def logs(self) -> Doubles:
        """Logarithms (H, W) of the cells, and of those beyond the walls that interpolation needs;
        of several rooms one below the other. Sums of such pictures are read by `slope` too.
        """
        return self._reader.picture(self._reader.extended(self._logs))

    def slope(self, logs: Doubles, x: Doubles) -> Doubles:
        """The gradient (n, 2) of a picture of logarithms at points within the walls."""
        return self._reader.gradient(logs, x)

    @property
    def grid(self) -> tuple[Doubles, Doubles]:
        """Centres of the cells: columns (W,) and rows (H,) from below."""
        return self._reader.cells.ticks()

    @property
    def picture(self) -> Doubles:
        """Density (H, W) of the cells; NaN outside the walls."""
        cells = self._reader.cells
        picture = np.full(cells.inside.shape, np.nan)
        picture[cells.active] = self._cells
        return cells.seen(picture)

    def density(self, x: Any) -> Tensor:
        """Density (n,) at x (n, 2); 0 outside the walls."""
        points, like, rows = self._within(x)
        density = np.where(np.isnan(points).any(1), np.nan, 0.0)
        index, (weights, _, _) = self._reader.stencil(points[rows])
        density[rows] = np.maximum((self._extended[index] * weights).sum(1), 0)
        return torch.from_numpy(density).to(like)

    def score(self, x: Any) -> Tensor:
        """Gradient (n, 2) of the log density; NaN outside the walls."""
        points, like, rows = self._within(x)
        score = np.full(points.shape, np.nan)
        score[rows] = self.slope(self.logs, points[rows])
        return torch.from_numpy(score).to(like)

    def _within(self, x: Any) -> tuple[Doubles, Tensor, Ints]:
        """Points, an empty tensor of the result's kind, and the rows within the walls."""
        given, like = points_of(x)
        points = given.double().cpu().numpy()
        return points, like, np.flatnonzero(self._shape.inside(points))


class GridFlow:
    """The heat flow on the cells of a polygon, exact in time: by harmonics where those at hand are
    enough, and before that by polynomials of the Laplacian.
    """

    def __init__(
        self,
        reader: GridReader,
        harmonics: Harmonics | None,
        shape: Shape,
        functions: Doubles | None = None,
    ) -> None:
        """Without harmonics all is by polynomials, which is quick on few cells. Eigenfunctions
        (k, modes) in the cells are interpolated unless they are given.
        """
        self._reader, self._harmonics, self._shape = reader, harmonics, shape
        self._given = functions

    def marginals(self, density: Any, taus: Doubles) -> tuple[Marginal, ...]:
        """The marginals at heat times (k,) of a density (H, W) over the bounds, rows from below.

        It is normalised over the domain. Raises `Invalid` unless it has mass there.
        """
        given = density_of(density)
        start = self._start(given)
        last = 0.0 if self._harmonics is None else float(self._harmonics.eigenvalues[-1])
        late = last * taus > _SPENT
        values = np.empty((len(taus), len(start)))
        if late.any():
            values[late] = self._by_harmonics(start, taus[late])
        if not late.all():
            values[~late] = flowed(self._reader.cells, start, taus[~late])
        early = EarlyFlow(self._reader, given, self._shape.bounds)
        sigmas = np.sqrt(2 * taus).tolist()
        masses = self._masses(start)
        logs = [self._logs(own, early, s, masses) for own, s in zip(values, sigmas, strict=True)]
        return tuple(Marginal(self._reader, own, self._shape) for own in logs)

    def _masses(self, density: Doubles) -> Doubles:
        """The mass (rooms,) of a density (k,) in each room."""
        cells = self._reader.cells
        masses = np.bincount(cells.room, density * cells.volumes, cells.rooms)
        return np.asarray(masses, dtype=np.float64)

    def _logs(self, values: Doubles, early: EarlyFlow, sigma: float, masses: Doubles) -> Doubles:
        """Log density (k,) with such masses in the rooms, by the flow on the grid where that is
        good.
        """
        shares = np.maximum(values, _FLOOR * values.max())
        share = self._share(np.log10(shares / shares.max()), sigma)
        share[~early.straight] = 1
        logs: Doubles = np.log(shares)
        if (share < 1).any():
            logs = share * logs + (1 - share) * early.logs(sigma)
            found = self._masses(np.exp(logs))
            known = (masses > 0) & (found > 0)
            scale = np.where(known, masses, 1.0) / np.where(known, found, 1.0)
            logs += np.log(scale)[self._reader.cells.room]
        return logs

    def _share(self, level: Doubles, sigma: float) -> Doubles:
        """How much (k,) of the grid's flow to take at levels (k,) below the peak's logarithm."""
        fine = float(_ramp(np.asarray(sigma / self._reader.cells.step), *_CELLS))
        corner = _ramp(self._reader.corner_distances / sigma, *_CORNER)
        share: Doubles = fine * _ramp(level, *_TAIL)
        share += (1 - fine) * corner * _ramp(level, *_FINE_TAIL)
        return share

    def _start(self, density: Doubles) -> Doubles:
        """The density's mean in each active cell, of mass 1."""
        cells = self._reader.cells
        x, y = (_subpoints(ticks, cells.step) for ticks in cells.ticks())
        x0, y0, x1, y1 = self._shape.bounds
        column, row = (
            np.clip((p - low) / (high - low) * n, 0, n - 1).astype(int)
            for p, low, high, n in ((x, x0, x1, density.shape[1]), (y, y0, y1, density.shape[0]))
        )
        means = []
        for own in room_densities(self._reader, density, self._shape.bounds):
            fine = own[np.ix_(row, column)]
            means.append(fine.reshape(cells.height, _SUBPOINTS, -1, _SUBPOINTS).mean((1, 3)))
        start: Doubles = np.concatenate(means)[cells.active]
        mass = float(start @ cells.volumes)
        if mass <= 0:
            raise Invalid("The density is 0 everywhere within the walls: it has no marginal.")
        return start / mass

    @functools.cached_property
    def _functions(self) -> Doubles:
        """The eigenfunctions (k, modes) at the centres of the active cells."""
        assert self._harmonics is not None
        if self._given is not None:
            return self._given
        return self._harmonics.eigenfunctions(self._reader.cells.centers())

    def _by_harmonics(self, start: Doubles, taus: Doubles) -> Doubles:
        assert self._harmonics is not None
        begun = (start * self._reader.cells.volumes)[:, None]
        coefficients = product(self._functions.T, begun)[:, 0]
        weights = np.exp(-np.outer(taus, self._harmonics.eigenvalues)) * coefficients
        return product(weights, self._functions.T)


def _ramp(x: Doubles, none: float, whole: float) -> Doubles:
    """From 0 at `none` smoothly to 1 at `whole`, and so on beyond."""
    s = np.clip((x - none) / (whole - none), 0, 1)
    ramp: Doubles = s * s * (3 - 2 * s)
    return ramp


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
