"""A direct solver for cut cells, row by row of the grid, for many right-hand sides at once.

A cell is joined to cells of its own row and, one to one, to those of the next: the matrix is block
tridiagonal, with diagonal blocks off the diagonal. All dense algebra is torch's, as in `dense`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.cut_cells import CutCells


class BlockSolver:
    """Solves (operator + shift) u = b, where the matrix is positive definite."""

    def __init__(self, cells: CutCells, shift: float) -> None:
        height, width = cells.inside.shape
        self._number = cells.number.T if width > height else cells.number  # the shorter blocks
        rows, self._links = _blocks(self._number, cells.operator, shift)
        self._inverses = _eliminated(rows, self._links)

    def solve(self, b: Doubles) -> Doubles:
        """The solution (k, m) for right-hand sides (k, m)."""
        part = self._number >= 0
        x = torch.zeros((*part.shape, b.shape[1]), dtype=torch.float64)
        x[torch.from_numpy(part)] = torch.from_numpy(b[self._number[part]])
        for i, inverse in enumerate(self._inverses):
            if i:
                x[i] -= self._links[i - 1, :, None] * x[i - 1]
            x[i] = inverse @ x[i]
        for i in range(len(x) - 2, -1, -1):
            x[i] -= self._inverses[i] @ (self._links[i, :, None] * x[i + 1])
        solved = np.empty_like(b)
        solved[self._number[part]] = x[torch.from_numpy(part)].numpy()
        return solved


def _blocks(number: Any, operator: Any, shift: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Blocks (H, W, W) of the rows, 1 for cells outside, and their links (H - 1, W) upwards."""
    height, width = number.shape
    row, column = np.nonzero(number >= 0)
    order = np.argsort(number[row, column])
    row, column = row[order], column[order]
    entries = operator.tocoo()
    i, j = entries.coords
    blocks = np.tile(np.eye(width), (height, 1, 1))
    same = row[i] == row[j]
    blocks[row[i][same], column[i][same], column[j][same]] = entries.data[same]
    blocks[row, column, column] += shift
    links = np.zeros((height - 1, width))
    above = row[j] == row[i] + 1
    links[row[i][above], column[i][above]] = entries.data[above]
    return torch.from_numpy(blocks), torch.from_numpy(links)


def _eliminated(blocks: torch.Tensor, links: torch.Tensor) -> list[torch.Tensor]:
    """Inverses of the blocks from which those below are eliminated."""
    inverses: list[torch.Tensor] = []
    for i, block in enumerate(blocks):
        if i:
            link = links[i - 1]
            block = block - link[:, None] * inverses[-1] * link
        inverses.append(torch.cholesky_inverse(torch.linalg.cholesky(block)))
    return inverses
