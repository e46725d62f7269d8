"""Functions with zero normal derivative, read between the cells of a cut grid.

Cells beyond the walls get the value at their mirror image, so that cubic interpolation is as good
at a wall as elsewhere and its gradient there is along the wall. Each of several rooms is read from
its own cells, and mirrored in its own walls.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.cut_cells import CutCells

_ROUNDS = 12  # of filling cells whose mirror image lies between others of their kind
_LAYERS = 3
_TURN = 0.35  # radians by which walls turn in a corner, at least; those of drawn discs turn less


class GridReader:
    """Cubic interpolation of values on the active cells of a grid."""

    def __init__(self, cells: CutCells, polygon: Any) -> None:
        import shapely

        self.cells, self._parts = cells, shapely.get_parts(polygon)

    def rooms(self, x: Doubles) -> Ints:
        """The room (n,) in which each x (n, 2) lies, or else the nearest."""
        import shapely

        rooms = np.zeros(len(x), dtype=np.intp)
        if len(self._parts) == 1:
            return rooms
        inside = np.stack([shapely.contains_xy(part, x) for part in self._parts])
        rooms[:] = inside.argmax(0)
        rest = np.flatnonzero(~inside.any(0))
        points = shapely.points(x[rest])
        rooms[rest] = np.argmin([shapely.distance(part, points) for part in self._parts], axis=0)
        return rooms

    @functools.cached_property
    def _ghosts(self) -> Bools:
        """Cells (H, W) beyond the walls that interpolation inside may need."""
        from scipy.ndimage import binary_dilation

        around = np.ones((1, 3, 3))
        active = self.cells.by_room(self.cells.active)
        near: Bools = binary_dilation(active, around, iterations=_LAYERS).reshape(
            -1, active.shape[2]
        )
        return near & ~self.cells.active

    @functools.cached_property
    def _number(self) -> Ints:
        """Index (H, W) of each cell among the active ones and then the ghosts; -1 elsewhere."""
        number = self.cells.number.copy()
        first = len(self.cells.volumes)
        number[self._ghosts] = first + np.arange(int(self._ghosts.sum()))
        return number

    @functools.cached_property
    def _mirror(self) -> tuple[Any, Any]:
        """Sparse matrices that give the ghosts from the active cells, and from each other."""
        x, y = self.cells.ticks()
        row, column = np.nonzero(self._ghosts)
        room, row = np.divmod(row, self.cells.height)
        centers = np.stack([x[column], y[row]], 1)
        feet = self._feet(centers, room)
        outside = ~self._inside(centers, room)
        images = np.where(outside[:, None], 2 * feet - centers, feet)
        matrix = self._matrices(*self._stencil(images, room, _linear, 2))[0]
        known = len(self.cells.volumes)
        return matrix[:, :known], matrix[:, known:]

    @functools.cached_property
    def mirrored_centers(self) -> Doubles:
        """Mirror images (k, 2) of the active cells' centres in their room's nearest wall."""
        centers = self.cells.centers()
        mirrored: Doubles = 2 * self._feet(centers, self.cells.room) - centers
        return mirrored

    @functools.cached_property
    def mirrored_beyond(self) -> Bools:
        """True (k,) where a centre and its mirror image are on different sides of the walls."""
        sides = (self.cells.centers(), self.mirrored_centers)
        one, other = (self._inside(x, self.cells.room) for x in sides)
        beyond: Bools = one != other
        return beyond

    @functools.cached_property
    def corner_distances(self) -> Doubles:
        """From the active cells' centres (k,) to the nearest corner of their room's walls."""
        from scipy.spatial import cKDTree

        distances, centers = np.full(len(self.cells.volumes), np.inf), self.cells.centers()
        for part, rows in self._by_room(self.cells.room):
            corners = np.concatenate([_corners(ring) for ring in _rings(part)])
            if len(corners):
                distances[rows] = cKDTree(corners).query(centers[rows])[0]
        return distances

    def _by_room(self, room: Ints) -> Iterator[tuple[Any, Bools]]:
        """The polygon of each room, and the rows (n,) of that room."""
        for number, part in enumerate(self._parts):
            yield part, room == number

    def _inside(self, x: Doubles, room: Ints) -> Bools:
        """True (n,) for x (n, 2) in those rooms (n,)."""
        import shapely

        inside = np.zeros(len(x), dtype=bool)
        for part, rows in self._by_room(room):
            inside[rows] = shapely.contains_xy(part, x[rows])
        return inside

    def _feet(self, x: Doubles, room: Ints) -> Doubles:
        """The places (n, 2) on the walls of those rooms (n,) that are nearest to x (n, 2)."""
        import shapely

        feet = np.empty_like(x)
        for part, rows in self._by_room(room):
            lines = shapely.shortest_line(shapely.points(x[rows]), part.boundary)
            feet[rows] = shapely.get_coordinates(lines).reshape(-1, 2, 2)[:, 1]
        return feet

    def extended(self, values: Doubles) -> Doubles:
        """Values (k, ...) of the active cells, followed by those of the cells beyond the walls."""
        from_active, from_ghosts = self._mirror
        known = from_active @ values
        held = np.asarray(from_active.sum(1)).ravel()
        scale = np.where(held > 1e-3, 1 / np.maximum(held, 1e-3), 0.0)
        ghosts = known * scale.reshape(-1, *[1] * (values.ndim - 1))
        for _ in range(_ROUNDS):
            ghosts = known + from_ghosts @ ghosts
        extended: Doubles = np.concatenate([values, ghosts])
        return extended

    def read(self, x: Doubles) -> tuple[Any, Any, Any]:
        """Sparse matrices (n, cells and ghosts): values and both derivatives at x (n, 2)."""
        value, along_x, along_y = self._matrices(*self.stencil(x))
        return value, along_x, along_y

    def stencil(self, x: Doubles) -> tuple[Ints, list[Doubles]]:
        """The 16 cells and ghosts (n, 16) around each x (n, 2); their weights for the value and for
        both derivatives.
        """
        return self._stencil(x, self.rooms(x), cubic, 4)

    def picture(self, values: Doubles) -> Doubles:
        """Values (k,) of the cells and ghosts in their places (H, W); 0 in all other cells."""
        picture: Doubles = np.append(values, 0.0)[self._number]
        return picture

    def gradient(self, picture: Doubles, x: Doubles) -> Doubles:
        """The gradient (n, 2) of such a picture between its cells; as `stencil`, only faster."""
        place = ((x - np.asarray(self.cells.corner)) / self.cells.step - 0.5).T
        first = np.floor(place)
        (wx, dx), (wy, dy) = (_cubic_rows(part) for part in place - first)
        column, row = first.astype(np.intp)[:, None] + (np.arange(4) - 1)[:, None]
        height, breadth = self.cells.height, picture.shape[1]
        row, column = np.clip(row, 0, height - 1), np.clip(column, 0, breadth - 1)
        if self.cells.rooms > 1:
            row += self.rooms(x) * height
        near = picture.ravel().take(row[:, None] * breadth + column)  # (4, 4, n)
        along_x = (wy * np.einsum("rcn,cn->rn", near, dx)).sum(0)
        along_y = (dy * np.einsum("rcn,cn->rn", near, wx)).sum(0)
        gradient: Doubles = np.stack([along_x, along_y], 1) / self.cells.step
        return gradient

    def _stencil(
        self, x: Doubles, room: Ints, basis: Any, width: int
    ) -> tuple[Ints, list[Doubles]]:
        """The cells of its room around each point, and interpolation by a basis of so many along
        each axis.
        """
        place = (x - np.asarray(self.cells.corner)) / self.cells.step - 0.5
        first = np.floor(place).astype(int)
        (wx, dx), (wy, dy) = (basis(place[:, i] - first[:, i]) for i in (0, 1))
        steps = np.arange(width) - (width // 2 - 1)
        height, breadth = self.cells.height, self._number.shape[1]
        column = np.clip(first[:, :1] + steps, 0, breadth - 1)
        row = np.clip(first[:, 1:] + steps, 0, height - 1) + height * room[:, None]
        index = self._number[row[:, :, None], column[:, None, :]].reshape(len(x), width**2)
        weights = [
            np.where(index >= 0, (one[:, :, None] * other[:, None, :]).reshape(index.shape), 0.0)
            for one, other in ((wy, wx), (wy, dx / self.cells.step), (dy / self.cells.step, wx))
        ]
        return np.maximum(index, 0), weights

    def _matrices(self, index: Ints, weights: list[Doubles]) -> list[Any]:
        """The same as sparse matrices (n, cells and ghosts)."""
        from scipy.sparse import csr_array

        shape = (len(index), int(self._number.max()) + 1)
        pointers = np.arange(len(index) + 1) * index.shape[1]
        columns = index.ravel()
        return [csr_array((data.ravel(), columns, pointers), shape=shape) for data in weights]


def _rings(polygon: Any) -> list[Doubles]:
    """The rings (n, 2) of a polygon or several, each corner once."""
    import shapely

    lines = shapely.get_parts(polygon.boundary)
    return [shapely.get_coordinates(line)[:-1] for line in lines]


def _corners(ring: Doubles) -> Doubles:
    """The corners (k, 2) of a closed ring where it turns."""
    sides = np.roll(ring, -1, axis=0) - ring
    way = sides[:, 0] + 1j * sides[:, 1]
    corners: Doubles = ring[np.abs(np.angle(way / np.roll(way, 1))) > _TURN]
    return corners


def _linear(t: Doubles) -> tuple[Doubles, Doubles]:
    """Weights (n, 2) of two neighbours, and their derivatives."""
    ones = np.ones_like(t)
    return np.stack([1 - t, t], 1), np.stack([-ones, ones], 1)


def cubic(t: Doubles) -> tuple[Doubles, Doubles]:
    """Catmull-Rom weights (n, 4), and their derivatives."""
    weights, slopes = _cubic_rows(t)
    return weights.T, slopes.T


def _cubic_rows(t: Doubles) -> tuple[Doubles, Doubles]:
    """The same as rows (4, n)."""
    a, b = t, t * t
    c = a * b
    weights = [-a + 2 * b - c, 2 - 5 * b + 3 * c, a + 4 * b - 3 * c, c - b]
    slopes = [-1 + 4 * a - 3 * b, -10 * a + 9 * b, 1 + 8 * a - 9 * b, 3 * b - 2 * a]
    return np.stack(weights) / 2, np.stack(slopes) / 2
