"""The density as a heat map or as contours: the known one, or particles binned and smoothed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.views.density_map import DensityMap
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.camera import Affine
from flowlab.scene.base.colours import FULL, heat_table, over
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.tone import toned
from flowlab.scene.layers.contours import contour
from flowlab.scene.particles import splat

CELL = 5.0  # logical pixels
SPARSE = 10_000  # fewer particles than this get larger cells
CROWDED = 100_000  # number of particles beyond which the picture doesn't get sharper
COUNTED = 250_000  # particles counted on the screen: a few percent of error after smoothing
BLAS_ALONE = 250_000  # largest number of multiplications that OpenBLAS does on one thread
SHARES = (0.15, 0.35, 0.55, 0.75, 0.92)  # of the mass, inside each contour


@dataclass(frozen=True)
class Heights:
    """Density `values` (H, W), probability per unit area, on cells `cell` logical pixels wide.

    The centre of cell (row, column) lies at ((column + 0.5) cell, (row + 0.5) cell).
    """

    values: Floats
    cell: float
    samples: int  # particles it was estimated from; 0 for the density itself
    t: float  # the time whose density it is


def heights(stage: Stage) -> Heights:
    """The density at the frame's t, on cells over the whole picture."""
    key = (stage.frame, stage.width, stage.height)
    known = known_density(stage)
    density: Heights = stage.scratch.cached(
        "heights", key, lambda: _estimated(stage) if known is None else _exact(stage, *known)
    )
    return density


def known_density(stage: Stage) -> tuple[DensityMap, float] | None:
    """The density of the particles and its time, where it is known.

    That is where they start, and at every t if they are those of the exact flow, or blends.
    """
    frame, bundle = stage.frame, stage.frame.bundle
    if bundle is None or not bundle.count or VIEWS[frame.view.name].own_ends:
        return None
    always = frame.exact or VIEWS[frame.view.name].blends
    end = frame.known_ends[round(frame.t)] if frame.t in (0.0, 1.0) else None
    if end is not None and (always or frame.t == bundle.start):
        return end, frame.t
    known = frame.known_interpolant if always else None
    return None if known is None else known.at(frame.t)


def density_on(
    stage: Stage, known: DensityMap, moved: Floats, cell: float, shape: tuple[int, int]
) -> Floats:
    """A known density (H, W), shifted by `moved`, at the centres of the picture's cells."""
    return known.at(*cell_centres(stage, moved, cell, shape))


def cell_centres(
    stage: Stage, moved: Floats, cell: float, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Where on the plane, before it is shifted by `moved`, the cells lie: x (W,) and y (H,)."""
    x0, _, _, y1 = stage.frame.camera.visible(stage.width, stage.height)
    unit = cell / stage.frame.camera.scale(stage.height)
    x = x0 + unit * (np.arange(shape[1]) + 0.5) - moved[0]
    y = y1 - unit * (np.arange(shape[0]) + 0.5) - moved[1]
    return x, y


def _exact(stage: Stage, known: DensityMap, t: float) -> Heights:
    cell = CELL if stage.live else CELL / 1.5
    shape = math.ceil(stage.height / cell), math.ceil(stage.width / cell)
    moved = np.array(plane_offset(stage.view, stage.frame.bundle, stage.frame.t), np.float32)
    return Heights(density_on(stage, known, moved, cell, shape), cell, 0, t)


def _estimated(stage: Stage) -> Heights:
    """The finite particles, counted and smoothed."""
    cell = CELL if stage.live else CELL / 1.5
    # empty cells around the picture let mass outside it smooth into it
    margin = math.ceil(4 * CELL / cell)
    shape = (
        math.ceil(stage.height / cell) + 2 * margin,
        math.ceil(stage.width / cell) + 2 * margin,
    )
    affine = stage.affine(stage.frame.t).times(1 / (stage.dpr * cell))
    if len(stage.now) > SPARSE:
        stride = -(-len(stage.now) // COUNTED) if stage.live else 1
        thin = stage.now[::stride]
        counts = np.float32(stride) * counted(thin, shape, affine, margin, stage.scratch)
    else:
        points = np.empty((2, len(stage.now)), np.float32)
        affine.write(stage.now, *points)
        counts = binned(points.T + np.float32(margin), shape)
    smooth = smoothed(counts, bandwidth(stage.now, scale=abs(affine.gain_x)))
    unit = cell / stage.frame.camera.scale(stage.height)
    smooth *= np.float32(1 / (max(1, len(stage.now)) * unit * unit))
    values = smooth[margin:-margin, margin:-margin]
    return Heights(values, cell, len(stage.now), stage.frame.t)


def bandwidth(points: Floats, share: float = 0.34, scale: float = 1.0) -> float:
    """Standard deviation of the smoothing: a share of Silverman's, because clouds have many modes.

    `scale` is the number of cells per unit of the points.
    """
    few = points[:: max(1, len(points) // 2000)]
    few = few[splat.finite(few)]
    if len(few) < 2:
        return 2.0
    spread = scale * float(np.sqrt(few.var(0).mean()))
    return min(max(share * spread * min(len(points), CROWDED) ** (-1 / 6), 0.8), 40.0)


def binned(points: Floats, shape: tuple[int, int]) -> Floats:
    """Amounts (H, W) of `points` (N, 2), each distributed over the four nearest cell centres."""
    place = points - np.float32(0.5)
    limit = (shape[1] - 1.001, shape[0] - 1.001)
    x, y = place.T
    inside = (x >= 0) & (x < limit[0]) & (y >= 0) & (y < limit[1])  # NaN isn't inside
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


def counted(
    points: Floats, shape: tuple[int, int], affine: Affine, margin: int, scratch: Scratch
) -> Floats:
    """Like `binned` for very many `points`, with cells from `affine` and `margin` cells around.

    Points are counted in half cells, which are then distributed over the nearest cells. This
    takes a quarter of the additions; smoothing hides the shifts of up to a quarter of a cell.
    """
    rows, columns = 2 * shape[0], 2 * shape[1]
    fine = scratch.array("fine", (rows, columns), np.float32)
    fine.fill(0.0)
    pad = 2 * margin
    window = splat.Window(0, 0, columns - 2 * pad, rows - 2 * pad, pad)
    dot, half = splat.stamps(0.0), affine.times(2)
    splat.add_dots(fine, window, points, dot, affine=half, scratch=scratch)
    fine[[0, -1]] = 0.0  # points outside the picture were put there
    fine[:, [0, -1]] = 0.0
    return _halved(_halved(fine).T).T


def _halved(fine: Floats) -> Floats:
    """Sum pairs of half-cell rows to rows of whole cells, sharing a quarter with the next row."""
    cells = np.float32(0.75) * (fine[::2] + fine[1::2])
    cells[1:] += np.float32(0.25) * fine[1:-1:2]
    cells[:-1] += np.float32(0.25) * fine[2::2]
    return cells


def smoothed(counts: Floats, sigma: float) -> Floats:
    """`counts` (H, W) blurred by a Gaussian of `sigma` cells, with one narrow band matrix per axis.

    Products this small stay on one thread of BLAS. On several threads, beside a busy trainer, they
    would wait 50 times as long.
    """
    sigma = round(sigma, 1)  # few enough matrices to cache
    rows, columns = counts.shape
    reach = math.ceil(5 * sigma)
    across, both = np.empty_like(counts), np.empty_like(counts)
    for block, near in _bands(columns, rows, reach):
        np.matmul(counts[:, near], _blur(columns, sigma)[near, block], out=across[:, block])
    for block, near in _bands(rows, columns, reach):
        np.matmul(_blur(rows, sigma)[block, near], across[near], out=both[block])
    return both


def _bands(size: int, others: int, reach: int) -> Iterator[tuple[slice, slice]]:
    """Blocks of at most `size` places, each with all places within `reach` of it."""
    width = min(2 * reach + 32, size)
    few = max(1, min(32, BLAS_ALONE // (width * others)))
    for start in range(0, size, few):
        yield slice(start, start + few), slice(max(0, start - reach), start + few + reach)


@lru_cache(maxsize=64)
def _blur(size: int, sigma: float) -> Floats:
    """Symmetric band matrix (size, size); mass beyond the edge is lost, not piled up."""
    place = np.arange(size, dtype=np.float32)
    band = np.exp(-0.5 * ((place[:, None] - place) / sigma) ** 2)
    reach = np.arange(-6 * math.ceil(sigma), 6 * math.ceil(sigma) + 1)
    matrix: Floats = (band / np.exp(-0.5 * (reach / sigma) ** 2).sum()).astype(np.float32)
    return matrix


def paint_density(painter: QPainter, stage: Stage) -> None:
    """Layer: heat map in viridis."""
    if stage.frame.bundle is None or not stage.view.show_density:
        return
    field = heights(stage)
    peak = float(field.values.max())
    if peak <= 0.0:
        return
    table = heat_table(stage.theme.dark)
    image = toned(field.values, FULL / peak, table, stage.scratch)
    rows, columns = field.values.shape
    painter.save()
    painter.setClipRect(QRectF(0, 0, stage.width, stage.height))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, columns * field.cell, rows * field.cell), image)
    painter.restore()


def paint_contours(painter: QPainter, stage: Stage) -> None:
    """Layer: contours that contain certain shares of the mass, firmer towards the peaks."""
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
