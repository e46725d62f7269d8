"""The five-point Laplacian's first error, taken out of its eigenvalues.

It sees a wave e^(ik.x) decay as k^2 - h^2 (kx^4 + ky^4) / 12: too slowly, by more along the axes
than across them. That share of each eigenfunction is measured where cells are whole.
"""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.cut_cells import CutCells

ISOTROPIC = 3 / 4  # mean of (kx^4 + ky^4) / k^4 over all directions


def corrected(cells: CutCells, values: Doubles, functions: Doubles) -> tuple[Doubles, Doubles]:
    """Eigenvalues without that error, ascending, and their eigenfunctions (k, modes)."""
    along = _along_axes(cells, functions)
    better = values * (1 + cells.step**2 / 12 * along * values)
    order = np.argsort(better, kind="stable")
    return better[order], functions[:, order]


def _along_axes(cells: CutCells, functions: Doubles) -> Doubles:
    """Of each eigenfunction (modes,) its share of (kx^4 + ky^4) / k^4."""
    whole = cells.inside > 1 - 1e-9
    inner = (
        whole[1:-1, 1:-1] & whole[1:-1, 2:] & whole[1:-1, :-2] & whole[2:, 1:-1] & whole[:-2, 1:-1]
    )
    picture, shares = np.zeros(cells.inside.shape), np.full(functions.shape[1], ISOTROPIC)
    for mode, values in enumerate(np.ascontiguousarray(functions.T)):
        picture[cells.active] = values
        middle = 2 * picture[1:-1, 1:-1]
        xx = (picture[1:-1, 2:] + picture[1:-1, :-2] - middle)[inner]
        yy = (picture[2:, 1:-1] + picture[:-2, 1:-1] - middle)[inner]
        both = float(((xx + yy) ** 2).sum())
        if mode and both > 0:
            shares[mode] = float((xx**2 + yy**2).sum()) / both
    return np.clip(shares, 0.5, 1.0)
