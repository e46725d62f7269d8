"""Lattices of square cells over noised samples, for pictures of fields."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from flowlab.core.array_types import Bools, Floats
from flowlab.core.diffusion.levels import Levels

BEYOND = 0.002


def axes_around(points: Floats, columns: int, beyond: float = BEYOND) -> tuple[Floats, Floats]:
    """Centres of square cells over points (n, 2), `columns` of them along the longer side.

    A share `beyond` of the points may lie outside on each side.
    """
    low, high = np.quantile(points, [beyond, 1 - beyond], axis=0).astype(np.float64)
    h = max(float((high - low).max()), 1e-6) / columns
    axes = []
    for least, most in zip(low, high, strict=True):
        count = max(2, round((most - least) / h))
        axes.append((least + most) / 2 + h * (np.arange(count) - (count - 1) / 2))
    return axes[0].astype(np.float32), axes[1].astype(np.float32)


def on_lattice(masks: Bools, rows: list[Floats]) -> Floats:
    """Values at cells (T, H, W, ...), the T rows being those where a mask (T, H, W) is true.

    NaN elsewhere.
    """
    values = np.full((*masks.shape, *rows[0].shape[1:]), np.nan, np.float32)
    for k, mask in enumerate(masks):
        values[k][mask] = rows[k]
    return values


def some_of(levels: Levels, count: int) -> Levels:
    """At most so many of the levels that have noise, evenly."""
    last = len(levels.k) - 2
    at = torch.from_numpy(np.unique(np.linspace(0, last, count).round().astype(int)))
    return replace(levels, k=levels.k[at], signal=levels.signal[at], noise=levels.noise[at])
