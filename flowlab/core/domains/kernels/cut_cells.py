"""The Laplacian with reflecting walls on a square grid whose cells the walls cut.

Each face between two cells conducts in proportion to its open part, and each cell holds in
proportion to its part inside: mass is conserved exactly, and the uniform density is stationary.
Each of several rooms has such a grid to itself, so that a cell which two rooms share is there twice
and nothing passes between them, however thin the wall.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints

_LEAST = 1e-3  # cells with less of their area inside are left out
PADDING = 3  # empty cells around the domain, so that interpolation finds neighbours


@dataclass(frozen=True, eq=False)
class CutCells:
    """A grid over a polygon: the share of each cell inside, and the open share of each face.

    The grids of several rooms have the same cells; their rows follow each other, H in all.
    """

    corner: tuple[float, float]  # of the grid, padding included
    step: float
    inside: Doubles  # (H, W), rows from below
    right: Doubles  # (H, W - 1), faces to the next cell along x
    above: Doubles  # (H - 1, W)
    rooms: int = 1

    @property
    def height(self) -> int:
        """Rows of the grid of one room."""
        return len(self.inside) // self.rooms

    @functools.cached_property
    def room(self) -> Ints:
        """The room (k,) of each active cell; those of a room follow each other."""
        room: Ints = np.nonzero(self.active)[0] // self.height
        return room

    def by_room(self, rows: Any) -> Any:
        """A picture (H, W) as one (rooms, height, W) of each room."""
        return rows.reshape(self.rooms, self.height, -1)

    def seen(self, rows: Doubles) -> Doubles:
        """One picture (height, W) of all rooms: each cell shows the room that has most of it."""
        most = self.by_room(self.inside).argmax(0)
        seen: Doubles = np.take_along_axis(self.by_room(rows), most[None], 0)[0]
        return seen

    def of_room(self, room: int) -> CutCells:
        """The grid of one room, no larger than that room needs."""
        own = self.by_room(self.active)[room]
        (low, high), (left, right) = (_reach(own.any(axis)) for axis in (1, 0))
        first = room * self.height
        rows, columns = slice(first + low, first + high), slice(left, right)
        return CutCells(
            (self.corner[0] + left * self.step, self.corner[1] + low * self.step),
            self.step,
            self.inside[rows, columns],
            self.right[rows, left : right - 1],
            self.above[first + low : first + high - 1, columns],
        )

    @functools.cached_property
    def active(self) -> Bools:
        """Cells (H, W) that take part."""
        return self.inside > _LEAST

    @functools.cached_property
    def volumes(self) -> Doubles:
        """Area inside of each active cell (k,)."""
        volumes: Doubles = self.inside[self.active] * self.step**2
        return volumes

    @functools.cached_property
    def number(self) -> Ints:
        """Index (H, W) of each active cell, -1 elsewhere."""
        number = np.full(self.inside.shape, -1)
        number[self.active] = np.arange(int(self.active.sum()))
        return number

    @functools.cached_property
    def operator(self) -> Any:
        """Minus the Laplacian, scaled to be symmetric: a sparse matrix (k, k).

        Its eigenvectors divided by the roots of the volumes are those of the Laplacian.
        """
        from scipy.sparse import coo_array, diags_array

        i, j, share = self._faces()
        n, root = len(self.volumes), np.sqrt(self.volumes)
        held = np.bincount(i, share, n) + np.bincount(j, share, n)
        rows, columns = np.concatenate([i, j]), np.concatenate([j, i])
        links = np.tile(share / (root[i] * root[j]), 2)
        symmetric = coo_array((links, (rows, columns)), shape=(n, n))
        return (diags_array(held / self.volumes) - symmetric).tocsc()

    def _faces(self) -> tuple[Ints, Ints, Doubles]:
        """Both cells of each open face, and its open share."""
        number = self.number
        i = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
        j = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
        share = np.concatenate([self.right.ravel(), self.above.ravel()])
        joined = (i >= 0) & (j >= 0) & (share > 0)
        return i[joined], j[joined], share[joined]

    def ticks(self) -> tuple[Doubles, Doubles]:
        """Centres of the columns (W,) and rows (height,)."""
        height, width = self.height, self.inside.shape[1]
        x, y = self.corner
        return (
            x + self.step * (np.arange(width) + 0.5),
            y + self.step * (np.arange(height, dtype=np.float64) + 0.5),
        )

    def centers(self) -> Doubles:
        """Centres (k, 2) of the active cells; some lie just beyond a wall."""
        x, y = self.ticks()
        row, column = np.nonzero(self.active)
        return np.stack([x[column], y[row % self.height]], 1)


def cut_cells(polygon: Any, cells: int) -> CutCells:
    """The grid over a shapely polygon, or several, with so many cells along its longer side."""
    import shapely

    x0, y0, x1, y1 = polygon.bounds
    step = max(x1 - x0, y1 - y0) / cells
    width, height = (max(1, math.ceil(s / step - 1e-9)) for s in (x1 - x0, y1 - y0))
    corner = (
        (x0 + x1 - width * step) / 2 - PADDING * step,
        (y0 + y1 - height * step) / 2 - PADDING * step,
    )
    shape = (height + 2 * PADDING, width + 2 * PADDING)
    parts = shapely.get_parts(polygon)
    return _one_after_another([_cut(part, corner, step, shape) for part in parts])


def _cut(
    polygon: Any, corner: tuple[float, float], step: float, shape: tuple[int, int]
) -> CutCells:
    """The grid of one room."""
    import shapely

    shapely.prepare(polygon)
    near = _near_boundary(polygon, corner, step, shape)
    inside = _cell_shares(polygon, corner, step, near)
    return CutCells(corner, step, inside, *_face_shares(polygon, corner, step, near, inside))


def _one_after_another(grids: list[CutCells]) -> CutCells:
    """The grids of all rooms as one, without faces between them."""
    if len(grids) == 1:
        return grids[0]
    closed = np.zeros((1, grids[0].inside.shape[1]))
    above = np.concatenate([part for grid in grids for part in (grid.above, closed)])[:-1]
    inside = np.concatenate([grid.inside for grid in grids])
    right = np.concatenate([grid.right for grid in grids])
    return CutCells(grids[0].corner, grids[0].step, inside, right, above, len(grids))


def _reach(some: Bools) -> tuple[int, int]:
    """From the first to after the last that is True, with padding."""
    found = np.flatnonzero(some)
    return int(found[0]) - PADDING, int(found[-1]) + 1 + PADDING


def _near_boundary(
    polygon: Any, corner: tuple[float, float], step: float, shape: tuple[int, int]
) -> Bools:
    """Cells (H, W) that the boundary may cross: those along it, and their neighbours."""
    import shapely
    from scipy.ndimage import binary_dilation

    line = shapely.segmentize(polygon.boundary, step / 2)
    column, row = ((shapely.get_coordinates(line) - corner) / step).astype(int).T
    near = np.zeros(shape, dtype=bool)
    near[row, column] = True
    dilated: Bools = binary_dilation(near, np.ones((3, 3)))
    return dilated


def _cell_shares(polygon: Any, corner: tuple[float, float], step: float, near: Bools) -> Doubles:
    """The share (H, W) of each cell's area inside; exact intersections along the boundary only."""
    import shapely

    height, width = near.shape
    x, y = (corner[i] + step * (np.arange(k) + 0.5) for i, k in ((0, width), (1, height)))
    shares = shapely.contains_xy(polygon, *np.meshgrid(x, y)).astype(float)
    row, column = np.nonzero(near)
    left, low = corner[0] + step * column, corner[1] + step * row
    boxes = shapely.box(left, low, left + step, low + step)
    shares[near] = shapely.area(shapely.intersection(boxes, polygon)) / step**2
    return np.asarray(shares, dtype=np.float64)


def _face_shares(
    polygon: Any, corner: tuple[float, float], step: float, near: Bools, inside: Doubles
) -> tuple[Doubles, Doubles]:
    """The open shares of the faces to the right (H, W - 1) and above (H - 1, W)."""
    across, along = np.array([step, 0.0]), np.array([0.0, step])
    right = np.minimum(inside[:, :-1], inside[:, 1:])  # 0 or 1 away from the boundary
    above = np.minimum(inside[:-1], inside[1:])
    for shares, close, start, way in (
        (right, near[:, :-1] & near[:, 1:], across, along),
        (above, near[:-1] & near[1:], along, across),
    ):
        row, column = np.nonzero(close & (shares > 0))
        begin = np.asarray(corner) + step * np.stack([column, row], 1) + start
        shares[row, column] = _open_lengths(polygon, begin, begin + way) / step
    return right, above


def _open_lengths(polygon: Any, begin: Doubles, end: Doubles) -> Doubles:
    import shapely

    faces = shapely.linestrings(np.stack([begin, end], 1))
    lengths: Doubles = shapely.length(shapely.intersection(faces, polygon))
    return lengths
