"""Density of the particles: binned, smoothed, shown as heat or as contours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from flowlab.scene import splat
from flowlab.scene.colours import FULL, heat_table, over
from flowlab.scene.contours import contour
from flowlab.scene.lines import path_of
from flowlab.scene.stage import Stage

Floats = np.ndarray[Any, Any]

CELL = 5.0  # logical pixels
BLAS_ALONE = 250_000  # multiplications that OpenBLAS does without other threads
SHARES = (0.15, 0.35, 0.55, 0.75, 0.92)  # of the mass, inside each contour


@dataclass(frozen=True)
class Heights:
    """Smoothed density `values` (H, W), particles per cell, cells `cell` logical pixels wide.

    The centre of cell (row, column) lies at ((column + 0.5) cell, (row + 0.5) cell).
    """

    values: Floats
    cell: float


def heights(stage: Stage) -> Heights:
    """Density of the finite particles at the frame's t, on cells over the whole picture."""
    key = (stage.frame, stage.width, stage.height)
    kept: Heights = stage.scratch.keep("heights", key, lambda: _heights(stage))
    return kept


def _heights(stage: Stage) -> Heights:
    cell = CELL if stage.live else CELL / 1.5
    points = stage.pixels(stage.frame.at(stage.frame.t)) / np.float32(cell)
    shape = (math.ceil(stage.height / cell), math.ceil(stage.width / cell))
    # a margin of empty cells lets mass outside the picture smooth into it
    margin = math.ceil(4 * CELL / cell)
    counts = binned(points + margin, (shape[0] + 2 * margin, shape[1] + 2 * margin))
    smooth = smoothed(counts, bandwidth(points))
    return Heights(smooth[margin:-margin, margin:-margin], cell)


def bandwidth(points: Floats, share: float = 0.34) -> float:
    """Standard deviation of the smoothing: a share of Silverman's, since clouds have many modes."""
    finite = points[splat.finite(points)]
    if len(finite) < 2:
        return 2.0
    spread = float(np.sqrt(finite.var(0).mean()))
    return min(max(share * spread * len(finite) ** (-1 / 6), 0.8), 40.0)


def binned(points: Floats, shape: tuple[int, int]) -> Floats:
    """Amounts (H, W) of `points` (N, 2), each shared among the four nearest cells' centres."""
    place = points - np.float32(0.5)
    limit = (shape[1] - 1.001, shape[0] - 1.001)
    x, y = place.T
    inside = (x >= 0) & (x < limit[0]) & (y >= 0) & (y < limit[1])  # NaN is not inside either
    x, y = x[inside], y[inside]
    column, row = x.astype(np.int32), y.astype(np.int32)
    x, y = x - column.astype(np.float32), y - row.astype(np.float32)
    first = row * np.int32(shape[1]) + column
    counts = np.zeros(shape, np.float32)
    flat = counts.reshape(-1)
    np.add.at(flat, first, (1 - x) * (1 - y))
    np.add.at(flat, first + 1, x * (1 - y))
    np.add.at(flat, first + shape[1], (1 - x) * y)
    np.add.at(flat, first + shape[1] + 1, x * y)
    return counts


def smoothed(counts: Floats, sigma: float) -> Floats:
    """`counts` (H, W) blurred by a Gaussian of `sigma` cells: one small product each way."""
    sigma = round(sigma, 1)  # few enough matrices to keep
    return _times(_times(counts, _blur(counts.shape[1], sigma)).T, _blur(counts.shape[0], sigma)).T


def _times(rows: Floats, matrix: Floats) -> Floats:
    """rows (H, W) times matrix (W, W), a few rows at a time.

    Products this small stay on one thread of BLAS; on several, beside a busy trainer, the same
    product waits 50 times as long for its turn.
    """
    height, width = rows.shape
    few = max(1, BLAS_ALONE // (width * width))
    blocks = -(-height // few)
    padded = np.zeros((blocks * few, width), np.float32)
    padded[:height] = rows
    product: Floats = padded.reshape(blocks, few, width) @ matrix
    return product.reshape(-1, width)[:height]


@lru_cache(maxsize=64)
def _blur(size: int, sigma: float) -> Floats:
    """Symmetric band matrix (size, size); mass that leaves over the edge is lost, not piled up."""
    place = np.arange(size, dtype=np.float32)
    band = np.exp(-0.5 * ((place[:, None] - place) / sigma) ** 2)
    reach = np.arange(-6 * math.ceil(sigma), 6 * math.ceil(sigma) + 1)
    matrix: Floats = (band / np.exp(-0.5 * (reach / sigma) ** 2).sum()).astype(np.float32)
    return matrix


def paint_density(painter: QPainter, stage: Stage) -> None:
    """Layer: heat map, viridis."""
    if stage.frame.bundle is None or not stage.view.show_density:
        return
    field = heights(stage)
    peak = float(field.values.max())
    if peak <= 0.0:
        return
    table = heat_table(stage.theme.dark)
    image = splat.toned(field.values, FULL / peak, table, stage.scratch)
    rows, columns = field.values.shape
    painter.save()
    painter.setClipRect(QRectF(0, 0, stage.width, stage.height))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, columns * field.cell, rows * field.cell), image)
    painter.restore()


def paint_contours(painter: QPainter, stage: Stage) -> None:
    """Layer: lines that hold certain shares of the mass, firmer towards the peaks."""
    if stage.frame.bundle is None or not stage.view.show_contours:
        return
    field = heights(stage)
    for k, level in enumerate(mass_levels(field.values)):
        pieces = (contour(field.values, level) + np.float32(0.5)) * np.float32(field.cell)
        colour = over(stage.theme, stage.theme.text, 0.85 - 0.13 * k)
        painter.setPen(stage.pen(colour, 1.0, 1.0))
        painter.drawPath(path_of(pieces))


def mass_levels(values: Floats) -> list[float]:
    """Heights above which the shares SHARES of all mass lie, highest first."""
    ranked = np.sort(values, axis=None)[::-1]
    mass = np.cumsum(ranked, dtype=np.float64)
    if mass[-1] <= 0.0:
        return []
    index = np.searchsorted(mass, np.array(SHARES) * mass[-1])
    return [float(v) for v in ranked[index]]
