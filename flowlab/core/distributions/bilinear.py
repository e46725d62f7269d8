"""Bilinear interpolation of NumPy arrays; positions count from the first value, (column, row).

Drawing code uses it too, so it must not import torch (`bilinear_torch` interpolates tensors).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from flowlab.core.array_types import Complexes, Floats, Ints

Inexact = TypeVar("Inexact", Floats, Complexes)


def read(values: Inexact, column: Floats, row: Floats) -> Inexact:
    """Values (n, ...) of a grid (H, W, ...) at positions (n,), clamped to the edge.

    A NaN among the four nearest values makes the result NaN.
    """
    height, width = values.shape[:2]
    i, p = before(column, width)
    j, q = before(row, height)
    shape = values.shape[2:]
    p, q = (share.reshape(share.shape + (1,) * len(shape)) for share in (p, q))
    flat, base = values.reshape(height * width, *shape), j * width + i
    low: Inexact = flat.take(base, axis=0)
    high = flat.take(base + width, axis=0)
    low += p * (flat.take(base + 1, axis=0) - low)
    high += p * (flat.take(base + width + 1, axis=0) - high)
    low += q * (high - low)
    return low


def read_lattice(planes: Floats, column: Floats, row: Floats) -> Floats:
    """Values (C, R, K) of planes (C, H, W) where `row` (R,) and `column` (K,) cross."""
    height, width = planes.shape[1:]
    i, p = before(column, width)
    j, q = before(row, height)
    lines = planes.take(j, axis=1)
    lines += q[:, None] * (planes.take(j + 1, axis=1) - lines)
    slopes = np.diff(lines, axis=2)
    values: Floats = lines.take(i, axis=2)
    rise = slopes.take(i, axis=2)
    rise *= p
    values += rise
    return values


def before(place: Floats, size: int) -> tuple[Ints, Floats]:
    """Index of the value before each position on an axis of `size`, and the weight of the next."""
    place = np.clip(place, 0, size - 1)
    index = np.minimum(place.astype(np.intp), size - 2)
    return index, (place - index).astype(np.float32)
