"""Which class a drawing, or a cloud of points, has anywhere on the plane; imports no torch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints, Singles
from flowlab.core.distributions.drawing import CELLS, rasterise
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import CLASSES, Drawing, Points

Inked = Drawing | Points  # what is shown in the colours of its classes
Box = tuple[Doubles, float]  # lower left corner (2,) and side of a square

_TAILS, _MARGIN = 0.005, 0.1  # of a cloud's extent: ignored as outliers, and added around it


def inked_classes(shape: Inked) -> tuple[int, ...]:
    """The classes, ascending, that some point or some cell of a drawing has; none without any."""
    if isinstance(shape, Points):
        return () if shape.labels is None else tuple(np.unique(_codes(shape.labels)).tolist())
    return tuple(int(k) for k in np.unique(_of_drawing(shape)) if k >= 0)


def class_at(shape: Inked, xy: Floats) -> Ints:
    """The class (...) with most ink, or most points, at or near the places (..., 2)."""
    turned = np.radians(-shape.rotation)
    moved = np.asarray(xy, np.float64) - (shape.offset_x, shape.offset_y)
    cos, sin = np.cos(turned), np.sin(turned)
    local = np.stack(
        [cos * moved[..., 0] - sin * moved[..., 1], sin * moved[..., 0] + cos * moved[..., 1]], -1
    )
    labels, box = _cells(shape)
    row, column = _place(local / shape.scale, box)
    found: Ints = labels[row, column]
    return found


def _cells(shape: Inked) -> tuple[Ints, Box]:
    """The class of each cell (CELLS, CELLS), rows upwards, and the square that they fill."""
    if isinstance(shape, Drawing):
        half = shape.half_width
        return _of_drawing(shape), (np.array([-half, -half]), 2 * half)
    assert shape.labels is not None
    return _of_cloud(shape.points, shape.labels)


def _place(local: Doubles, box: Box) -> tuple[Ints, Ints]:
    """Row and column (...) of the cells that hold the places (..., 2), or are nearest to them."""
    low, side = box
    cell = np.nan_to_num((local - low) * (CELLS / side)).clip(0, CELLS - 1).astype(np.intp)
    return cell[..., 1], cell[..., 0]


@lru_cache(maxsize=4)
def _of_drawing(shape: Drawing) -> Ints:
    return _nearest(rasterise(shape.strokes, shape.half_width))


@lru_cache(maxsize=4)
def _of_cloud(points: Array, labels: Array) -> tuple[Ints, Box]:
    values = points.values.astype(np.float64)
    low, high = np.quantile(values, [_TAILS, 1 - _TAILS], axis=0)
    side = float((high - low).max()) * (1 + 2 * _MARGIN) or 1.0
    box = (low + high - side) / 2, side
    row, column = _place(values, box)
    codes = _codes(labels)
    flat = (codes * CELLS + row) * CELLS + column
    counts = np.bincount(flat, minlength=(int(codes.max()) + 1) * CELLS * CELLS)
    return _nearest(counts.reshape(-1, CELLS, CELLS).astype(np.float32)), box


def _codes(labels: Array) -> Ints:
    """Classes (n,) that have a colour: of more of them than there are colours, some share one."""
    return labels.values.astype(np.int64) % CLASSES


def _nearest(ink: Singles) -> Ints:
    """The class of each cell (CELLS, CELLS), from ever larger blocks where a cell has no ink.

    It is -1 everywhere on a blank sheet.
    """
    labels = _most(ink)
    while ink.shape[-1] > 1 and (labels < 0).any():
        half = ink.shape[-1] // 2
        ink = ink.reshape(len(ink), half, 2, half, 2).sum((2, 4))
        near = _most(ink).repeat(CELLS // half, 0).repeat(CELLS // half, 1)
        labels = np.where(labels < 0, near, labels)
    return labels


def _most(ink: Singles) -> Ints:
    """The class with most ink in each cell of layers (classes, n, n); -1 without ink."""
    most: Ints = np.where(ink.any(0), ink.argmax(0), -1)
    return most
