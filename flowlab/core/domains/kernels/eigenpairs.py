"""The least eigenpairs of the Laplacian on cut cells, from a coarse grid to a fine one.

A coarse grid is solved densely. On each finer one its eigenfunctions span a good start for inverse
iteration of the whole block, with a Rayleigh-Ritz step: several times faster than Lanczos where
hundreds of pairs are wanted. Where it doesn't settle, Lanczos finds them.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.domains.kernels.block_solver import BlockSolver
from flowlab.core.domains.kernels.cut_cells import CutCells, cut_cells
from flowlab.core.domains.kernels.dense import eigh, product, rayleigh_ritz
from flowlab.core.domains.kernels.dispersion import corrected
from flowlab.core.domains.kernels.grid_reading import GridReader

_COARSEST = 24  # cells along the longer side
_DENSE = 600  # cells that are solved densely at least
_CELLS_A_MODE = 3.0  # that are solved densely; with fewer the last modes are no good start
_SPARE = 30  # pairs beyond those wanted, which make the last of them converge
_ROUNDS = 6
_SETTLED = 0.03  # residual over eigenvalue; the eigenvalue's own error is its square or so


def grids_of(polygon: Any, modes: int, cells: int) -> list[GridReader]:
    """Grids over a shapely polygon from a coarse one to `cells` along the longer side.

    Raises `Invalid` where the finest has fewer than two cells a mode.
    """
    fine = cut_cells(polygon, cells)
    n = len(fine.volumes)
    if 2 * modes > n:
        raise Invalid(
            f"A grid of {n:,} cells within the walls gives at most {n // 2:,} harmonics, not "
            f"{modes:,}."
        )
    return coarser(polygon, fine, modes, cells)


def coarser(polygon: Any, fine: CutCells, modes: int, side: int) -> list[GridReader]:
    """Grids over one polygon from a coarse one to `fine`, of `side` cells along the longer side."""
    grids = [fine]
    few = max(_DENSE, math.ceil(_CELLS_A_MODE * (modes + _SPARE)))
    while len(grids[0].volumes) > 1.3 * few and side > _COARSEST:
        side = max(_COARSEST, side // 2, math.ceil(side * math.sqrt(few / len(grids[0].volumes))))
        grids.insert(0, cut_cells(polygon, side))
    return [GridReader(grid, polygon) for grid in grids]


def eigenpairs(grids: list[GridReader], modes: int) -> tuple[Doubles, Doubles]:
    """The least eigenvalues (modes,) on the last grid, and eigenfunctions (k, modes).

    Their mean square is 1 / area; the first is the uniform one.
    """
    values, vectors = _first(grids[0].cells, modes)
    for coarse, fine in itertools.pairwise(grids):
        values, vectors = _refined(coarse, fine, vectors, modes)
    cells = grids[-1].cells
    values, vectors = np.maximum(values[:modes], 0.0), vectors[:, :modes]
    values[0] = 0.0
    return corrected(cells, values, vectors / np.sqrt(cells.volumes)[:, None])


def _first(cells: CutCells, modes: int) -> tuple[Doubles, Doubles]:
    """Eigenpairs without a start, ascending."""
    n = len(cells.volumes)
    count = min(modes + _SPARE, n)
    values, vectors = eigh(cells.operator.toarray())
    return values[:count], vectors[:, :count]


def _lanczos(cells: CutCells, count: int) -> tuple[Doubles, Doubles]:
    from scipy.sparse.linalg import eigsh

    start = numpy_rng(0, Stream.KERNEL_START).normal(size=len(cells.volumes))
    values, vectors = eigsh(cells.operator, k=count, sigma=-_shift(cells), v0=start)
    order = np.argsort(values)
    return values[order], vectors[:, order]


def _refined(
    coarse: GridReader, fine: GridReader, vectors: Doubles, modes: int
) -> tuple[Doubles, Doubles]:
    """Eigenpairs on a finer grid, from the vectors on a coarser one."""
    cells = fine.cells
    block = _prolonged(coarse, cells, vectors)
    matrix = cells.operator
    solver = BlockSolver(cells, _shift(cells))
    for _ in range(_ROUNDS):
        block = solver.solve(block)
        image = matrix @ block
        values, turn = rayleigh_ritz(block, image)
        block, image = product(block, turn), product(image, turn)
        residual = np.linalg.norm(image - block * values, axis=0)[:modes]
        if (residual <= _SETTLED * (values[:modes] + _shift(cells))).all():
            return values, block
    return _lanczos(cells, min(modes + _SPARE, len(cells.volumes) // 2))


def _prolonged(coarse: GridReader, cells: CutCells, vectors: Doubles) -> Doubles:
    """Scaled eigenvectors of a coarse grid, read at the cells of a finer one."""
    values = coarse.extended(vectors / np.sqrt(coarse.cells.volumes)[:, None])
    read = coarse.read(cells.centers())[0] @ values
    prolonged: Doubles = read * np.sqrt(cells.volumes)[:, None]
    return prolonged


def _shift(cells: CutCells) -> float:
    """A small eigenvalue, which keeps the shifted matrix regular."""
    return float(0.01 / cells.volumes.sum())
