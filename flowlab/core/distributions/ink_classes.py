"""Which class the ink of a drawing has, anywhere on the plane; imports no torch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Floats, Ints, Singles
from flowlab.core.distributions.drawing import CELLS, rasterise
from flowlab.core.document.shapes import Drawing


def inked_classes(shape: Drawing) -> tuple[int, ...]:
    """The classes that some cell has most of, ascending; empty for a blank sheet."""
    return tuple(int(k) for k in np.unique(_labels(shape)) if k >= 0)


def class_at(shape: Drawing, xy: Floats) -> Ints:
    """The class (...) with most ink at points (..., 2), or near them where there is none."""
    turned = np.radians(-shape.rotation)
    moved = np.asarray(xy, np.float64) - (shape.offset_x, shape.offset_y)
    cos, sin = np.cos(turned), np.sin(turned)
    local = np.stack(
        [cos * moved[..., 0] - sin * moved[..., 1], sin * moved[..., 0] + cos * moved[..., 1]], -1
    )
    place = (local / (shape.scale * shape.half_width) + 1) * (CELLS / 2)
    column, row = np.nan_to_num(place).clip(0, CELLS - 1).astype(np.intp).reshape(-1, 2).T
    found: Ints = _labels(shape)[row, column].reshape(place.shape[:-1])
    return found


@lru_cache(maxsize=4)
def _labels(shape: Drawing) -> Ints:
    """The class of each cell (CELLS, CELLS), from ever larger blocks where a cell has no ink.

    It is -1 everywhere on a blank sheet.
    """
    ink = rasterise(shape.strokes, shape.half_width)
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
