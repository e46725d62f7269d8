"""Lattices over both ends for pictures: velocities on them, and vertices to carry."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from flowlab.core.array_types import Bools, Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle, FieldFrames

_COLUMNS, _FRAMES = 28, 17  # columns and times of the velocity field
_SPARSE = 2000  # fewer particles than this don't cover the cells that have mass


def field_frames(document: Document, field: Field, bundle: Bundle) -> FieldFrames:
    """Velocities on a lattice over both ends; NaN in cells that have no mass at that t."""
    xs, ys = axes_over(document)
    times = np.linspace(0.0, 1.0, _FRAMES, dtype=np.float32)
    occupied = np.stack([occupied_cells(_mass(bundle, float(t)), xs, ys) for t in times])
    frame, row, column = np.nonzero(occupied)
    x = torch.from_numpy(np.stack([xs[column], ys[row]], 1))
    values = np.full((*occupied.shape, 2), np.nan, np.float32)
    values[occupied] = field.velocity(x, torch.from_numpy(times[frame])).float().numpy()
    values.setflags(write=False)
    return FieldFrames(times=times, xs=xs, ys=ys, values=values)


def axes_over(document: Document, along: int = _COLUMNS) -> tuple[Floats, Floats]:
    """Centres of square cells over the union of both extents, `along` on the longer side."""
    boxes = np.array([build(document.source).extent, build(document.target).extent])
    x0, y0 = boxes[:, [0, 2]].min(0)
    x1, y1 = boxes[:, [1, 3]].max(0)
    h = max(x1 - x0, y1 - y0, 1e-6) / along
    columns, rows = (max(2, round((high - low) / h)) for low, high in ((x0, x1), (y0, y1)))
    xs = (x0 + x1) / 2 + h * (np.arange(columns) - (columns - 1) / 2)
    ys = (y0 + y1) / 2 + h * (np.arange(rows) - (rows - 1) / 2)
    return xs.astype(np.float32), ys.astype(np.float32)


def _mass(bundle: Bundle, t: float) -> Floats:
    """The particles at t; if they are few, also blends of source and target samples."""
    points = bundle.at(t)
    if len(points) >= _SPARSE:
        return points
    blend = (1 - t) * bundle.source + t * bundle.target
    return np.concatenate([points, blend])


def occupied_cells(points: Floats, xs: Floats, ys: Floats) -> Bools:
    """Cells (H, W) that hold a particle or touch one that does."""
    h = (xs[-1] - xs[0]) / (len(xs) - 1)
    with np.errstate(invalid="ignore"):
        column, row = np.floor((points - (xs[0] - h / 2, ys[0] - h / 2)) / h).T
    inside = (column >= 0) & (column < len(xs)) & (row >= 0) & (row < len(ys))  # False for NaN
    counts = np.zeros((len(ys), len(xs)), np.float32)
    np.add.at(counts, (row[inside].astype(int), column[inside].astype(int)), 1)
    near = functional.max_pool2d(torch.from_numpy(counts)[None, None], 3, stride=1, padding=1)
    occupied: Bools = near[0, 0].numpy() > 0
    return occupied


def lattice_vertices(extent: tuple[float, float, float, float], side: int) -> Tensor:
    """Vertices (side^2, 2) of a square lattice about the middle of `extent`, row by row."""
    x0, x1, y0, y1 = extent
    half = max(x1 - x0, y1 - y0) / 2
    ticks = torch.linspace(-half, half, side)
    y, x = torch.meshgrid(ticks + (y0 + y1) / 2, ticks + (x0 + x1) / 2, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)
