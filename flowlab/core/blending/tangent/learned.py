"""A network's field on the cells in which p_t has mass."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from flowlab.core.array_types import Bools, Floats
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.solvers.field import Field

MOST = 100_000  # places at which a network is evaluated for one picture: about 50 ms


def learned_field(
    field: Field, times: Floats, cells: Cells, mask: Bools, check: Callable[[], None]
) -> Floats:
    """The field (T, H, W, 2) where `mask` (T, H, W) is true; NaN elsewhere.

    For very many cells the network is evaluated on every second (third, ...) row and column, and
    the field is interpolated linearly. `check` is called before each time.
    """
    stride = max(1, math.ceil(math.sqrt(np.count_nonzero(mask) / MOST)))
    values = np.full((*mask.shape, 2), np.nan, np.float32)
    x, y = np.meshgrid(cells.xs, cells.ys)
    middles = np.stack([x, y], -1).astype(np.float32)
    for k, t in enumerate(times.tolist()):
        check()
        if stride == 1 and mask[k].any():
            values[k][mask[k]] = _velocity_at(field, middles[mask[k]], t)
        elif mask[k].any():
            _between(field, t, middles, stride, mask[k], values[k])
    return values


def _velocity_at(field: Field, x: Floats, t: float) -> Floats:
    velocity: Floats = field.velocity(torch.from_numpy(x), t).float().cpu().numpy()
    return velocity


def _between(
    field: Field, t: float, middles: Floats, stride: int, mask: Bools, values: Floats
) -> None:
    """Fill `values` (H, W, 2) by interpolation from places about `stride` cells apart."""
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    near = middles[box]
    up, ups = _hats(near.shape[0], stride)
    along, alongs = _hats(near.shape[1], stride)
    x = np.stack(np.meshgrid(along @ near[0, :, 0], up @ near[:, 0, 1]), -1).astype(np.float32)
    coarse = _velocity_at(field, x.reshape(-1, 2), t).reshape(x.shape)
    # by torch, whose number of threads FlowLab sets; NumPy's threads would wait for a busy core
    left, middle, right = map(torch.from_numpy, (ups, coarse.transpose(2, 0, 1), alongs.T))
    smooth = (left @ middle @ right).numpy()
    values[box] = np.where(mask[box], smooth, np.nan).transpose(1, 2, 0)


def _hats(n: int, stride: int) -> tuple[Floats, Floats]:
    """Matrices (m, n) and (n, m) that interpolate from n even ticks to m coarser ones, and back."""
    m = max(2, math.ceil((n - 1) / stride) + 1) if n > 1 else 1
    return _weights(np.linspace(0, n - 1, m), n), _weights(
        np.linspace(0, m - 1, n) if n > 1 else np.zeros(1), m
    )


def _weights(places: Floats, n: int) -> Floats:
    """Linear interpolation weights (len(places), n) for values at 0, 1, ..., n - 1."""
    hats: Floats = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(n)))
    return hats.astype(np.float32)
