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
from flowlab.core.domains.kernels.eigenpairs import eigenpairs, grids_of
from flowlab.core.domains.kernels.equilateral import weyl_tail
from flowlab.core.domains.kernels.interfaces import Values

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
        grids = grids_of(shape.polygon, modes, cells)
        self.cells: CutCells = grids[-1].cells
        self.reader = grids[-1]
        self.eigenvalues, self.functions = eigenpairs(grids, modes)

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
        k = self._summed(float(tau.min()))
        start = self.reader.read(x0)[0] @ self._extended[:, :k]
        parts = [np.zeros((0, 3))]
        for i in range(0, len(x), _ROWS):
            rows = slice(i, i + _ROWS)
            weights = np.exp(-self.eigenvalues[:k] * tau[rows, None])
            own = weights * (start if len(start) == 1 else start[rows])
            if len(start) == 1 and (tau == tau[0]).all():  # one field for all points
                field = self._extended[:, :k] @ own[0]
                read = [matrix @ field for matrix in self.reader.read(x[rows])]
            else:
                read = [
                    ((matrix @ self._extended[:, :k]) * own).sum(1)
                    for matrix in self.reader.read(x[rows])
                ]
            parts.append(np.stack(read, 1))
        out = np.concatenate(parts)
        return Values.of_gradient(out[:, 0], out[:, 1:])

    def _summed(self, tau: float) -> int:
        return max(1, int(np.searchsorted(self.eigenvalues, _DEPTH / tau)))

    def count(self, tau: float) -> int:
        """Harmonics that are summed at tau."""
        return self._summed(tau)

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak: harmonics left out, and the grid's."""
        tail = weyl_tail(self.eigenvalues, tau, self.shape.area)
        grid = self.cells.step**2 / (12 * tau) / (4 * math.pi * tau)
        decay = math.exp(-float(self.eigenvalues[min(1, len(self.eigenvalues) - 1)]) * tau)
        return min(1.0, tail + decay * grid / peak(tau, self.shape.area))
