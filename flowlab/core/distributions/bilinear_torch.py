"""Bilinear interpolation of tensors; positions count from the first value, (column, row)."""

from __future__ import annotations

import torch
from torch import Tensor


def read(tables: Tensor, column: Tensor, row: Tensor, table: Tensor | int = 0) -> Tensor:
    """Values (n, ...) of grids (T, H, W, ...) at positions (n,), each in the grid with its index.

    Clamped to the edge; interpolated in the dtype of the positions.
    """
    height, width = tables.shape[1:3]
    i, p = before(column, width)
    j, q = before(row, height)
    shape = tables.shape[3:]
    p, q = (share.reshape(*share.shape, *[1] * len(shape)) for share in (p, q))
    flat, base = tables.reshape(-1, *shape), (table * height + j) * width + i
    right, above = min(1, width - 1), width * min(1, height - 1)
    a, b, c, d = (flat[base + k].to(p.dtype) for k in (0, right, above, above + right))
    return torch.lerp(torch.lerp(a, b, p), torch.lerp(c, d, p), q)


def before(place: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Index of the value before each position on an axis of `size`, and the weight of the next."""
    place = place.clamp(0, size - 1)
    index = place.long().clamp_(0, max(0, size - 2))  # NaN too has an index
    return index, place - index
