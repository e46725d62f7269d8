"""A lattice of places between the cells of a tangent field, as fine as pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF

from flowlab.core.array_types import Floats
from flowlab.core.distributions.bilinear import read_lattice
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Stage
from flowlab.scene.blending.tangent_slice import Slice

EDGE = 0.35  # of a cell: width over which a smooth picture fades at the edge of its support


class Lattice(NamedTuple):
    """Centres of square pixels, `pitch` apart in the plane, rows from the top down.

    They are the same places of the plane when the camera pans, and change when it zooms.
    """

    pitch: float
    left: int  # index of the first column: its centre is at (left + 1/2) pitch
    top: int  # index of the first row, likewise; rows below have smaller ones
    columns: int
    rows: int

    @property
    def xs(self) -> Floats:
        """Centres of the columns."""
        return (self.left + 0.5 + np.arange(self.columns)) * self.pitch

    @property
    def ys(self) -> Floats:
        """Centres of the rows, downwards."""
        return (self.top + 0.5 - np.arange(self.rows)) * self.pitch

    def place(self, stage: Stage) -> QRectF:
        """Return where its picture is drawn, in logical pixels."""
        low = (self.left * self.pitch, (self.top + 1) * self.pitch)
        width, height = self.columns * self.pitch, self.rows * self.pitch
        return placed(stage, low, (low[0] + width, low[1] - height))


def lattice_over(
    stage: Stage, field: Slice, pixels: float, most: int, margin: float = 0.0
) -> Lattice | None:
    """A lattice over the visible part of the field; None if nothing of it is visible.

    Its pitch is `pixels` logical pixels, or more if it would have many more than `most` places. It
    extends `margin` places beyond the visible part.
    """
    covered = np.argwhere(field.cover > 0)
    if not len(covered):
        return None
    moved = plane_offset(stage.view, stage.frame.bundle, stage.frame.t)
    x0, x1, y0, y1 = stage.frame.camera.visible(stage.width, stage.height)
    (j0, i0), (j1, i1) = covered.min(0), covered.max(0)
    dx, dy = field.pitch
    wanted = pixels / stage.frame.camera.scale(stage.height)
    dx, dy = dx + margin * wanted, dy + margin * wanted
    spare = margin * wanted
    left = max(x0 - moved[0] - spare, field.xs[i0] - dx)
    right = min(x1 - moved[0] + spare, field.xs[i1] + dx)
    low = max(y0 - moved[1] - spare, field.ys[j0] - dy)
    high = min(y1 - moved[1] + spare, field.ys[j1] + dy)
    if right <= left or high <= low:
        return None
    pitch = max(wanted, math.sqrt(float((right - left) * (high - low)) / most))
    first, last = math.floor(left / pitch), math.ceil(right / pitch)
    bottom, top = math.floor(low / pitch), math.ceil(high / pitch)
    return Lattice(pitch, first, top - 1, last - first, top - bottom)


def spread(field: Slice, lattice: Lattice) -> Floats:
    """Velocity and opacity (3, rows, columns) on the lattice.

    A smooth field is interpolated bilinearly, with a crisp edge; otherwise each place has the value
    of its cell.
    """
    height, width = field.cover.shape
    planes = np.zeros((3, height + 2, width + 2), np.float32)  # with an edge of zero opacity
    planes[:2, 1:-1, 1:-1] = np.moveaxis(field.values, -1, 0)
    planes[2, 1:-1, 1:-1] = field.cover
    planes[:2, [0, -1]], planes[:2, :, [0, -1]] = planes[:2, [1, -2]], planes[:2, :, [1, -2]]
    dx, dy = field.pitch
    column, row = (lattice.xs - field.xs[0]) / dx + 1, (lattice.ys - field.ys[0]) / dy + 1
    if not field.smooth:
        i = np.clip(np.rint(column), 0, width + 1).astype(np.intp)
        j = np.clip(np.rint(row), 0, height + 1).astype(np.intp)
        cells: Floats = planes.take(j, axis=1).take(i, axis=2)
        return cells
    values = read_lattice(planes, column, row)
    cover = values[-1]
    cover -= np.float32(0.5 - EDGE / 2)
    cover *= np.float32(1 / EDGE)
    np.clip(cover, np.float32(0), np.float32(1), out=cover)
    return values


def cells_place(stage: Stage, field: Slice) -> QRectF:
    """Where the picture of all cells is drawn, in logical pixels."""
    dx, dy = field.pitch
    low = (float(field.xs[0]) - dx / 2, float(field.ys[-1]) + dy / 2)
    return placed(stage, low, (float(field.xs[-1]) + dx / 2, float(field.ys[0]) - dy / 2))


def placed(stage: Stage, low: tuple[float, float], high: tuple[float, float]) -> QRectF:
    """A box of the plane in logical pixels, from its top left to its bottom right corner."""
    moved = np.array(plane_offset(stage.view, stage.frame.bundle, stage.frame.t), np.float32)
    corners = stage.pixels(np.array([low, high], np.float32) + moved).tolist()
    (x0, y0), (x1, y1) = corners
    return QRectF(x0, y0, x1 - x0, y1 - y0)
