"""The flow of a density while its noise is small: Gaussians, mirrored in the nearest wall.

All terms are positive, so that the logarithm is as good in the tails as it is at the peak, where
sums of waves on a grid have nothing left but rounding. In a corner, where more than one wall is
near, it is wrong; where noise comes around a wall it isn't to be used at all: see `straight`.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.domains.kernels.cut_cells import CutCells
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.grid_reading import GridReader, cubic
from flowlab.core.domains.kernels.room_densities import room_densities

_BEYOND = 0.5  # of the grid's size, on each side: mirror images lie outside
_LEAST = 1e-290  # of the peak; less is about to underflow
_ALONG = 48  # places on a straight line at which one looks whether it is between the walls
_RUNG = 1.08  # between noise levels at which it is computed; between them it is interpolated
_JOINED = (1e-290, 1e-270)  # of the peak: where the tail is made to continue what is known


class EarlyFlow:
    """A density (H, W) on cells over `bounds`, as it is after little noise."""

    def __init__(
        self, reader: GridReader, density: Doubles, bounds: tuple[float, float, float, float]
    ) -> None:
        (x0, y0, x1, y1), step = bounds, reader.cells.step
        densities = [
            _divided(_divided(own, (y1 - y0) / step).T, (x1 - x0) / step).T
            for own in room_densities(reader, density, bounds)
        ]
        height, width = densities[0].shape
        edges = np.linspace(x0, x1, width + 1), np.linspace(y0, y1, height + 1)
        shares = _shares(reader.cells, edges)
        rooms = [own * share for own, share in zip(densities, shares, strict=True)]
        mass = sum(room.sum() for room in rooms)
        self._rooms = [_Room(reader, k, room / mass, edges) for k, room in enumerate(rooms)]

    def logs(self, sigma: float) -> Doubles:
        """Log density (k,) at the centres of the active cells; of no use in an empty room."""
        return np.concatenate([room.logs(sigma) for room in self._rooms])

    @functools.cached_property
    def straight(self) -> Bools:
        """True (k,) for the active cells to which noise comes straight: no wall is in the way."""
        return np.concatenate([room.straight for room in self._rooms])


class _Room:
    """The same of what is in one room."""

    def __init__(
        self, reader: GridReader, number: int, density: Doubles, edges: tuple[Doubles, Doubles]
    ) -> None:
        self._density, self._edges = np.ascontiguousarray(density), edges
        self._reader, self._number = reader, number
        self._own = reader.cells.room == number
        self._empty = not (density > 0).any()
        self._rungs: dict[int, Doubles] = {}  # the last two

    def logs(self, sigma: float) -> Doubles:
        """Log density (k,) at the centres of the active cells.

        In a tail it is linear in 1 / sigma², so that this is how it is interpolated.
        """
        if self._empty:
            return np.zeros(int(self._own.sum()))
        rung = math.floor(math.log(sigma) / math.log(_RUNG))
        low, here, high = (s**-2 for s in (_RUNG**rung, sigma, _RUNG ** (rung + 1)))
        share = (low - here) / (low - high)
        for old in self._rungs.keys() - {rung, rung + 1}:
            del self._rungs[old]
        logs: Doubles = (1 - share) * self._rung(rung) + share * self._rung(rung + 1)
        return logs

    def _rung(self, k: int) -> Doubles:
        if k not in self._rungs:
            self._rungs[k] = self._computed(_RUNG**k)
        return self._rungs[k]

    def _computed(self, sigma: float) -> Doubles:
        everywhere = self._without_walls(sigma)
        straight, mirrored = (at @ everywhere.ravel() for at in self._places)
        one_wall = self._reader.mirrored_beyond[self._own]
        logs: Doubles = np.where(one_wall, np.logaddexp(straight, mirrored), straight)
        return logs

    @functools.cached_property
    def straight(self) -> Bools:
        """True (k,) for the room's cells to which noise comes straight."""
        cells, centers = self._reader.cells, self._reader.cells.centers()[self._own]
        if self._empty:
            return np.zeros(len(centers), dtype=bool)
        active = cells.by_room(cells.active)[self._number]
        nearest = self._support.data[self._support.query(centers)[1]]
        share = np.linspace(0, 1, _ALONG)[:, None, None]
        between = centers + share * (nearest - centers)
        column, row = ((between - cells.corner) / cells.step).astype(int).T
        height, width = active.shape
        inside = active[row.clip(0, height - 1), column.clip(0, width - 1)]
        straight: Bools = inside.all(1)
        return straight

    def _without_walls(self, sigma: float) -> Doubles:
        """Log density on a larger grid if there were no walls."""
        (xs, ys), (x_edges, y_edges) = self._ticks, self._edges
        across, along = _masses(x_edges, xs, sigma), _masses(y_edges, ys, sigma)
        density = product(product(along, self._density), np.ascontiguousarray(across.T))
        known = density > _LEAST * density.max()
        logs = np.log(np.where(known, density, 1.0))
        return logs if known.all() else np.where(known, logs, self._tail(density, sigma))

    def _tail(self, density: Doubles, sigma: float) -> Doubles:
        """Minus half the squared distance to the density's support in sigmas, so as to join."""
        tail = -((self._distance / sigma) ** 2) / 2
        least, most = (share * density.max() for share in _JOINED)
        seam = (density > least) & (density < most)
        offset = np.log(density[seam]) - tail[seam] if seam.any() else np.zeros(1)
        joined: Doubles = tail + np.median(offset)
        return joined

    @functools.cached_property
    def _ticks(self) -> tuple[Doubles, Doubles]:
        """Centres of the columns and rows of the larger grid, in line with the reader's."""
        cells = self._reader.cells
        more = [round(_BEYOND * n) for n in (cells.height, cells.inside.shape[1])]
        xs, ys = cells.ticks()
        return _longer(xs, more[1], cells.step), _longer(ys, more[0], cells.step)

    @functools.cached_property
    def _distance(self) -> Doubles:
        """From each cell of the larger grid to where the density isn't 0."""
        distance: Doubles = self._support.query(np.stack(np.meshgrid(*self._ticks), -1))[0]
        return distance

    @functools.cached_property
    def _support(self):  # type: ignore[no-untyped-def]
        """A tree of the places where the density isn't 0."""
        from scipy.spatial import cKDTree

        x, y = _middles(self._edges)
        row, column = np.nonzero(self._density)
        return cKDTree(np.stack([x[column], y[row]], 1))

    @functools.cached_property
    def _places(self):  # type: ignore[no-untyped-def]
        """Sparse matrices from the larger grid to the active cells, and to their mirror images."""
        places = self._reader.cells.centers(), self._reader.mirrored_centers
        return [self._read(x[self._own]) for x in places]

    def _read(self, x: Doubles):  # type: ignore[no-untyped-def]
        from scipy.sparse import csr_array

        (xs, ys), step = self._ticks, self._reader.cells.step
        limit = np.array([len(xs), len(ys)]) - 3
        place = np.clip((x - [xs[0], ys[0]]) / step, 1, limit + 1 - 1e-9)
        first = np.floor(place).astype(int)
        wx, wy = (cubic(place[:, i] - first[:, i])[0] for i in (0, 1))
        steps = np.arange(-1, 3)
        columns = (first[:, 1:] + steps)[:, :, None] * len(xs) + (first[:, :1] + steps)[:, None, :]
        weights = wy[:, :, None] * wx[:, None, :]
        pointers = np.arange(len(x) + 1) * 16
        shape = (len(x), len(xs) * len(ys))
        return csr_array((weights.ravel(), columns.ravel(), pointers), shape=shape)


def _shares(cells: CutCells, edges: tuple[Doubles, Doubles]) -> list[Doubles]:
    """How much (H, W) of the grid's cell around each of the density's is in each room."""
    column, row = (
        ((middle - corner) / cells.step).astype(int)
        for middle, corner in zip(_middles(edges), cells.corner, strict=True)
    )
    place = np.ix_(row.clip(0, cells.height - 1), column.clip(0, cells.inside.shape[1] - 1))
    return [shares[place] for shares in cells.by_room(cells.inside)]


def _middles(edges: tuple[Doubles, Doubles]) -> tuple[Doubles, Doubles]:
    """Centres of columns and rows between edges."""
    x, y = ((one[1:] + one[:-1]) / 2 for one in edges)
    return x, y


def _divided(density: Doubles, cells: float) -> Doubles:
    """The density with each row repeated, so that there are as many as the grid has cells."""
    divided: Doubles = np.repeat(density, max(1, math.ceil(cells / len(density) - 0.5)), axis=0)
    return divided


def _masses(edges: Doubles, x: Doubles, sigma: float) -> Doubles:
    """Means of a Gaussian around each x (n,) over the intervals (n, k) between edges."""
    from scipy.special import ndtr

    low, high = (edges[:-1] - x[:, None]) / sigma, (edges[1:] - x[:, None]) / sigma
    flipped = low > 0  # where both are small numbers, not both nearly 1
    low, high = np.where(flipped, -high, low), np.where(flipped, -low, high)
    means: Doubles = (ndtr(high) - ndtr(low)) / np.diff(edges)
    return means


def _longer(ticks: Doubles, more: int, step: float) -> Doubles:
    """So many more ticks on both sides."""
    longer: Doubles = ticks[0] + step * np.arange(-more, len(ticks) + more)
    return longer
