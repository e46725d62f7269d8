"""Stamps of one particle: small pictures of sum one, for each position within a pixel."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Floats

PHASES = 8  # positions within a pixel that have a stamp, on each axis; a power of two


@lru_cache(maxsize=64)
def stamps(radius: float) -> Floats:
    """Soft discs (PHASES^2, m, m) of sum one, for each position of the centre in its pixel.

    Below 0.7 pixels a tent of 2 x 2 pixels; at 0 one whole pixel.
    """
    if radius <= 0.0:
        return np.ones((PHASES * PHASES, 1, 1), np.float32)
    m = 2 if radius < 0.7 else math.ceil(2 * radius + 1)
    reach = _reach(m)
    if m == 2:
        tent = 1 - np.abs(reach)
        table = tent[:, None, :, None] * tent[None, :, None, :]
    else:
        far = np.hypot(reach[:, None, :, None], reach[None, :, None, :])
        table = np.clip(radius + 0.5 - far, 0.0, 1.0)
    return _unit(table)


@lru_cache(maxsize=16)
def crosses(radius: float, thick: float) -> Floats:
    """Upright crosses (PHASES^2, m, m) of sum one: arms of `radius`, bars `thick` pixels wide."""
    reach = np.abs(_reach(math.ceil(2 * radius + 1)))
    arm, bar = (np.clip(half + 0.5 - reach, 0.0, 1.0) for half in (radius, thick / 2))
    bar = bar / bar.max(1, keepdims=True) * min(thick, 1.0)
    across = bar[:, None, :, None] * arm[None, :, None, :]
    down = arm[:, None, :, None] * bar[None, :, None, :]
    return _unit(np.maximum(across, down))


def _reach(m: int) -> Floats:
    """Distance (PHASES, m) of m pixels' centres from x; the first pixel is floor(x - (m - 1)/2)."""
    phase = (np.arange(PHASES) + 0.5) / PHASES
    reach: Floats = np.arange(m) - (m - 1) / 2 + 0.5 - phase[:, None]
    return reach


def _unit(table: Floats) -> Floats:
    m = table.shape[-1]
    table = table.reshape(-1, m, m)
    return (table / table.sum((1, 2), keepdims=True)).astype(np.float32)
