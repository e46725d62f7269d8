"""Numerical harmonics of any polygon: eigenpairs on cut cells, their kernel and their flow."""

from __future__ import annotations

import functools
import math

import numpy as np

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.arguments import peak
from flowlab.core.domains.kernels.box import ROUNDING
from flowlab.core.domains.kernels.cut_cells import CutCells
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.interfaces import Values
from flowlab.core.domains.kernels.room_pairs import pairs_on_grid
from flowlab.core.domains.kernels.weyl import weyl_tail

CELLS = 128  # along the longer side
_DEPTH = 37.0
_ROWS = 4096  # points read at once


class PolygonShape:
    """One polygon or several, with holes, given by their rings.

    Outer rings run counter-clockwise and holes clockwise.
    """

    def __init__(self, rings: tuple[Doubles, ...]) -> None:
        import shapely

        parts = [shapely.Polygon(ring) for ring in rings]
        outer = [p for p in parts if p.exterior.is_ccw]
        holes = [p for p in parts if not p.exterior.is_ccw]
        sound = bool(outer) and all(p.is_valid and p.area > 0 for p in parts)
        if not sound:
            raise Invalid("The walls must enclose an area and not cross: draw a closed outline.")
        self.polygon = shapely.union_all(outer)
        if holes:
            self.polygon = shapely.difference(self.polygon, shapely.union_all(holes))
        shapely.prepare(self.polygon)
        self.walls = self.polygon.boundary
        shapely.prepare(self.walls)
        slack = ROUNDING * math.sqrt(self.polygon.area)
        self.with_walls = self.polygon.buffer(slack, quad_segs=1)
        shapely.prepare(self.with_walls)

    @property
    def area(self) -> float:
        """Area within the walls."""
        return float(self.polygon.area)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        x0, y0, x1, y1 = self.polygon.bounds
        return (x0, y0, x1, y1)

    def inside(self, x: Doubles) -> Bools:
        """True (n,) for points within the walls or on them."""
        import shapely

        within: Bools = shapely.contains_xy(self.with_walls, x)
        return within


class PolygonHarmonics:
    """The least eigenvalues of the Laplacian on a polygon and their eigenfunctions, on a grid."""

    def __init__(self, shape: PolygonShape, modes: int, cells: int = CELLS) -> None:
        self.shape = shape
        found = pairs_on_grid(shape.polygon, modes, cells)
        self.reader, self.eigenvalues, self.functions = found
        self.cells: CutCells = self.reader.cells

    @functools.cached_property
    def _extended(self) -> Doubles:
        """The eigenfunctions on the cells inside and beyond the walls."""
        return self.reader.extended(self.functions)

    def eigenfunctions(self, x: Doubles) -> Doubles:
        """The eigenfunctions (n, modes), interpolated."""
        functions: Doubles = self.reader.read(x)[0] @ self._extended
        return functions

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        read = self._read(x, x0, tau, 3)
        return Values.of_gradient(read[:, 0], read[:, 1:])

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        return self._read(x, x0, tau, 1)[:, 0]

    def _read(self, x: Doubles, x0: Doubles, tau: Doubles, parts: int) -> Doubles:
        """The density and, for 3 parts, its derivatives (n, parts)."""
        functions = self._extended[:, : self._summed(float(tau.min()))]
        values = self.eigenvalues[: functions.shape[1]]
        start, read = self.reader.read(x0)[0] @ functions, np.empty((len(x), parts))
        single = len(start) == 1 and (tau == tau[0]).all()  # one field for all points
        field = (
            product(functions, (np.exp(-values * tau[0]) * start[0])[:, None]) if single else None
        )
        for i in range(0, len(x), _ROWS):
            rows = slice(i, i + _ROWS)
            matrices = self.reader.read(x[rows])[:parts]
            if field is not None:
                read[rows] = np.concatenate([matrix @ field for matrix in matrices], 1)
                continue
            own = np.exp(-values * tau[rows, None]) * (start if len(start) == 1 else start[rows])
            read[rows] = np.stack([((matrix @ functions) * own).sum(1) for matrix in matrices], 1)
        return read

    def _summed(self, tau: float) -> int:
        return max(1, int(np.searchsorted(self.eigenvalues, _DEPTH / tau)))

    def count(self, tau: float) -> int:
        """Harmonics that are summed at tau."""
        return self._summed(tau)

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak: harmonics left out, and the grid's."""
        tail = weyl_tail(self.eigenvalues, tau, self.shape.area)
        grid = self.cells.step**2 / (6 * tau) / (4 * math.pi * tau)  # twice, at a wall
        decay = math.exp(-float(self.eigenvalues[min(1, len(self.eigenvalues) - 1)]) * tau)
        return min(1.0, tail + decay * grid / peak(tau, self.shape.area))
