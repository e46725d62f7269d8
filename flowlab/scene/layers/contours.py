"""Contour lines of values on a lattice, computed for all squares at once."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats, Ints

# The corners of a square that lie above the level count 1 (lower left), 2 (lower right), 4 (upper
# right), 8 (upper left); its edges are 0 below, 1 right, 2 above, 3 left. For each sum of corners:
# the two edges that a line joins. The two saddles are cut as if their centre were low.
_ENDS = np.array(
    [
        [(0, 0), (3, 0), (0, 1), (3, 1), (1, 2), (3, 0), (0, 2), (3, 2)],
        [(2, 3), (2, 0), (0, 1), (2, 1), (1, 3), (1, 0), (0, 3), (0, 0)],
    ]
).reshape(16, 2)
_SADDLES = {5: (1, 2), 10: (2, 3)}  # second lines of the saddles
# the corners (row, column) at the two ends of each edge
_FROM = np.array([(0, 0), (0, 1), (1, 0), (0, 0)])
_TO = np.array([(0, 1), (1, 1), (1, 1), (1, 0)])


def contour(values: Floats, level: float) -> Floats:
    """Segments (M, 2, 2) of the line where `values` (H, W) cross `level`, as (column, row)."""
    above = (values > level).view(np.uint8)
    kind = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    crossed = np.flatnonzero((kind > 0) & (kind < 15))
    kinds = kind.reshape(-1)[crossed]
    squares, edges = [crossed], [_ENDS[kinds]]
    for saddle, second in _SADDLES.items():
        squares.append(crossed[kinds == saddle])
        edges.append(np.broadcast_to(second, (len(squares[-1]), 2)))
    ends = np.concatenate(edges)
    square = np.concatenate(squares)
    corners = np.stack(np.divmod(square, values.shape[1] - 1), axis=-1)[:, None]
    return _crossings(values, level, corners + _FROM[ends], corners + _TO[ends])


def _crossings(values: Floats, level: float, start: Ints, end: Ints) -> Floats:
    """Where the line crosses the edges between corners (..., 2), by linear interpolation."""
    low, high = values[start[..., 0], start[..., 1]], values[end[..., 0], end[..., 1]]
    share = ((level - low) / (high - low))[..., None]  # only crossed edges: never 0 / 0
    way: Floats = share * (end - start)
    crossings: Floats = (start + way)[..., ::-1]
    return crossings
