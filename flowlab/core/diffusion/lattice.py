"""The lattice of places, and the levels, at which a picture shows a model's arrows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from flowlab.core.array_types import Bools, Floats
from flowlab.core.diffusion.levels import Levels

_FAR = 0.002  # share of the samples beyond each side of the lattice


def some_of(levels: Levels, count: int) -> Levels:
    """At most so many of the levels that have noise, evenly."""
    last = len(levels.k) - 2
    at = torch.from_numpy(np.unique(np.linspace(0, last, count).round().astype(int)))
    return replace(levels, k=levels.k[at], signal=levels.signal[at], noise=levels.noise[at])


def axes_over(points: Floats, columns: int) -> tuple[Floats, Floats]:
    """Centres (W,) and (H,) of square cells over nearly all points (n, 2), `columns` at most."""
    low, high = np.quantile(points, [_FAR, 1 - _FAR], axis=0).astype(np.float64)
    h = max(float((high - low).max()), 1e-6) / columns
    axes = []
    for least, most in zip(low, high, strict=True):
        count = max(2, round((most - least) / h))
        axes.append((least + most) / 2 + h * (np.arange(count) - (count - 1) / 2))
    return axes[0].astype(np.float32), axes[1].astype(np.float32)


def on_lattice(masks: Bools, rows: list[Floats]) -> Floats:
    """Vectors at the cells of masks (T, H, W) as (T, H, W, 2); NaN elsewhere."""
    values = np.full((*masks.shape, 2), np.nan, np.float32)
    for k, mask in enumerate(masks):
        values[k][mask] = rows[k]
    return values
