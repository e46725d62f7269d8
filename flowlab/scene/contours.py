"""Lines of equal height on a lattice, all squares at once."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, Any]

# The corners of a square count 1 (lower left), 2 (lower right), 4 (upper right), 8 (upper left)
# when above the level; its edges are 0 below, 1 right, 2 above, 3 left. For each sum of corners
# the pairs of edges that a line joins; the two saddles are cut as if their centre were low.
_CASES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),),
    2: ((0, 1),),
    3: ((3, 1),),
    4: ((1, 2),),
    5: ((3, 0), (1, 2)),
    6: ((0, 2),),
    7: ((3, 2),),
    8: ((2, 3),),
    9: ((2, 0),),
    10: ((0, 1), (2, 3)),
    11: ((2, 1),),
    12: ((1, 3),),
    13: ((1, 0),),
    14: ((0, 3),),
}


def contour(values: Floats, level: float) -> Floats:
    """Pieces (M, 2, 2) of the line where `values` (H, W) cross `level`, as (column, row)."""
    above = (values > level).view(np.uint8)
    kind = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    rows, columns = np.nonzero((kind > 0) & (kind < 15))
    kinds = kind[rows, columns]
    crossings = _crossings(values, level, rows, columns)  # (4 edges, squares, 2)
    pieces = [
        np.stack([crossings[a][kinds == case], crossings[b][kinds == case]], axis=1)
        for case, pairs in _CASES.items()
        for a, b in pairs
    ]
    return np.concatenate(pieces)


def _crossings(values: Floats, level: float, rows: Floats, columns: Floats) -> Floats:
    """Where the line would cross each edge of each square, by linear interpolation."""
    a, b = values[rows, columns], values[rows, columns + 1]
    d, c = values[rows + 1, columns], values[rows + 1, columns + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = [(level - p) / (q - p) for p, q in ((a, b), (b, c), (d, c), (a, d))]
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    edges = [(x + s[0], y), (x + 1, y + s[1]), (x + s[2], y + 1), (x, y + s[3])]
    return np.stack([np.stack(edge, axis=-1) for edge in edges])
