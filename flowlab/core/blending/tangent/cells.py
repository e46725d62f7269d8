"""The square cells on which a field is averaged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.core.document.limits import Invalid

Box = tuple[float, float, float, float]  # x0, x1, y0, y1

FEWEST, MOST = 2, 1024  # cells along the longer side
_LEAST = 1e-6  # the longer side of the smallest box


@dataclass(frozen=True)
class Cells:
    """Square cells of side h; cell (0, 0) has its lower left corner at (x, y)."""

    x: float
    y: float
    h: float
    columns: int
    rows: int

    @classmethod
    def over(cls, boxes: list[Box], along: int) -> Cells:
        """A grid over all boxes with half a cell of margin, `along` cells on its longer side.

        Raises `Invalid` for too few or too many cells.
        """
        if not FEWEST <= along <= MOST:
            raise Invalid(f"The grid must have from {FEWEST} to {MOST:,} cells along, not {along}.")
        ends = np.array(boxes, np.float64)
        low, high = ends[:, [0, 2]].min(0), ends[:, [1, 3]].max(0)
        h = float(max((high - low).max(), _LEAST)) / (along - 1)
        count = np.maximum(2, np.ceil((high - low) / h - 1e-9).astype(int) + 1)
        corner = (low + high) / 2 - h * count / 2
        return cls(float(corner[0]), float(corner[1]), h, int(count[0]), int(count[1]))

    @property
    def corner(self) -> Floats:
        """Lower left corner (2,)."""
        return np.array([self.x, self.y])

    @property
    def xs(self) -> Floats:
        """Middles of the columns (W,)."""
        xs: Floats = self.x + self.h * (np.arange(self.columns) + 0.5)
        return xs

    @property
    def ys(self) -> Floats:
        """Middles of the rows (H,), upwards."""
        ys: Floats = self.y + self.h * (np.arange(self.rows) + 0.5)
        return ys

    @property
    def count(self) -> int:
        """Number of cells."""
        return self.rows * self.columns

    def of(self, x: Floats) -> Ints:
        """Index (...), row by row, of the cell that holds each point (2, ...); `count` for none.

        Coordinates are rounded down, so cells at negative coordinates are as wide as all others.
        """
        place = np.floor((x - self.corner.reshape(2, *[1] * (x.ndim - 1))) / self.h)
        column, row = place.astype(np.int64)
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        return np.where(inside, row * self.columns + column, self.count)

    def cropped(self, values: Floats, first: Ints, elsewhere: float = 0.0) -> Floats:
        """Place values (C, h, w), which begin at cell `first` (column, row), in this grid."""
        cropped = np.full((len(values), self.rows, self.columns), elsewhere)
        rows, here_rows = _overlap(int(first[1]), values.shape[1], self.rows)
        columns, here_columns = _overlap(int(first[0]), values.shape[2], self.columns)
        cropped[:, rows, columns] = values[:, here_rows, here_columns]
        return cropped


def _overlap(first: int, length: int, limit: int) -> tuple[slice, slice]:
    """The part of [first, first + length) within [0, limit), as slices of the limit and of it."""
    low, high = min(max(first, 0), limit), max(min(first + length, limit), 0)
    high = max(low, high)
    return slice(low, high), slice(low - first, high - first)
