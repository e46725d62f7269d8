"""Values at even times from 0 to 1, read between them; imports no torch."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats


def cubic_between(rows: Floats, t: float) -> Floats:
    """The cubic through the rows (T, ...) of the four nearest times, at t."""
    last = len(rows) - 1
    place = min(max(t, 0.0), 1.0) * last
    first = min(max(int(place) - 1, 0), max(last - 3, 0))
    index = np.arange(first, min(first + 4, last + 1)).tolist()
    weights = [np.prod([(place - j) / (i - j) for j in index if j != i]) for i in index]
    used = [(weight, i) for weight, i in zip(weights, index, strict=True) if weight]
    total: Floats = np.sum([weight * rows[i] for weight, i in used], axis=0)
    return total
