"""Particles as light: amounts added up in an array of pixels, then turned into an image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from flowlab.scene.colours import FULL, TABLE
from flowlab.scene.stage import Scratch

Floats = np.ndarray[Any, Any]

PAD = 16  # free pixels around the accumulator, so that no stamp needs clipping
EXPOSURE = 1.5  # optical depth of a lone dot
PHASES = 8  # places within a pixel for which a stamp is kept, each way


@dataclass(frozen=True)
class Window:
    """The box of pixels, inside the picture, that needs touching."""

    x: int
    y: int
    width: int
    height: int


def finite(xy: Floats) -> Floats:
    """Which of the points (..., 2) are finite; the two columns apart, which is 20 times faster."""
    return np.isfinite(xy[..., 0]) & np.isfinite(xy[..., 1])


def window_of(pixels: Floats, width: int, height: int, margin: int) -> Window | None:
    """The part of a width x height picture within `margin` of the finite `pixels` (..., 2)."""
    flat = pixels.reshape(-1, 2)
    good = finite(flat)
    if not good.any():
        return None
    x, y = flat.T if good.all() else flat[good].T  # one coordinate at a time reduces fast
    x0, y0 = (max(0, math.floor(v.min()) - margin) for v in (x, y))
    x1, y1 = min(width, math.ceil(x.max()) + margin), min(height, math.ceil(y.max()) + margin)
    return Window(x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None


@lru_cache(maxsize=64)
def stamps(radius: float) -> Floats:
    """Discs (PHASES^2, m, m) of unit sum, soft-edged, for each place of the centre in its pixel.

    Below 0.7 pixels a tent of 2 x 2 pixels; at 0 one whole pixel.
    """
    if radius <= 0.0:
        return np.ones((PHASES * PHASES, 1, 1), np.float32)
    m = 2 if radius < 0.7 else math.ceil(2 * radius + 1)
    phase = (np.arange(PHASES) + 0.5) / PHASES
    # the stamp begins at floor(x - (m - 1) / 2): distance of each pixel's centre from x
    reach = np.arange(m) - (m - 1) / 2 + 0.5 - phase[:, None]
    if m == 2:
        tent = 1 - np.abs(reach)
        table = tent[:, None, :, None] * tent[None, :, None, :]
    else:
        far = np.hypot(reach[:, None, :, None], reach[None, :, None, :])
        table = np.clip(radius + 0.5 - far, 0.0, 1.0)
    table = table.reshape(-1, m, m)
    table = table / table.sum((1, 2), keepdims=True)
    return table.astype(np.float32)


def accumulator(window: Window, scratch: Scratch) -> Floats:
    """Zeros (height + 2 PAD, width + 2 PAD) float32 for this window."""
    shape = (window.height + 2 * PAD, window.width + 2 * PAD)
    amount = scratch.array("amount", shape, np.float32)
    amount.fill(0.0)
    return amount


def inner(amount: Floats) -> Floats:
    """The accumulator without its padding."""
    return amount[PAD:-PAD, PAD:-PAD]


def add_dots(amount: Floats, window: Window, pixels: Floats, table: Floats) -> None:
    """Add one stamp of mass 1 for each of `pixels` (N, 2); those off the window are left out."""
    m = table.shape[1]
    # corner of the stamp, in 1 / PHASES of a pixel, as integers
    rows, columns = amount.shape
    u = (pixels[:, 0] - np.float32(window.x - PAD + (m - 1) / 2)) * np.float32(PHASES)
    v = (pixels[:, 1] - np.float32(window.y - PAD + (m - 1) / 2)) * np.float32(PHASES)
    inside = (u >= 0) & (v >= 0) & (u < (columns - m) * PHASES) & (v < (rows - m) * PHASES)
    if not inside.all():  # NaN is not inside either
        u, v = u[inside], v[inside]
    x, y = u.astype(np.int32), v.astype(np.int32)
    first = (y // PHASES) * np.int32(columns) + x // PHASES
    if m == 1:  # a whole pixel each: counting is twice as fast as adding
        amount += np.bincount(first, minlength=amount.size).reshape(amount.shape)
        return
    phase = (y % PHASES) * PHASES + x % PHASES
    reach = (np.arange(m)[:, None] * columns + np.arange(m)).astype(np.int32)
    index = first[:, None] + reach.reshape(-1)
    np.add.at(amount.reshape(-1), index.reshape(-1), table.reshape(-1, m * m)[phase].reshape(-1))


def add_lines(amount: Floats, window: Window, knots: Floats, samples: int, ink: float) -> None:
    """Add thin lines through `knots` (K, N, 2), newest first, fading to nothing at the last knot.

    `ink` is the amount on each pixel at the bright end, whatever the speed. Each line is
    `samples` points, each shared between two pixels across the line's main direction.
    """
    steps = len(knots) - 1
    each = max(1, samples // steps)
    x = _within(knots[..., 0], window.x, amount.shape[1])
    y = _within(knots[..., 1], window.y, amount.shape[0])
    dx, dy = x[1:] - x[:-1], y[1:] - y[:-1]
    ages = (np.arange(steps * each, dtype=np.float32) + np.float32(0.5)) / np.float32(steps * each)
    fade = (np.float32(ink / each) * (1 - ages) * np.sqrt(1 - ages)).reshape(steps, each, 1)
    # a phase of its own for each line turns the beat of sparse samples into noise
    phase = (np.arange(x.shape[1], dtype=np.float32) * np.float32(0.618034)) % np.float32(1)
    s = (np.arange(each, dtype=np.float32)[:, None] + phase) / np.float32(each)
    good = finite(knots)
    for k in range(steps):
        wide = np.abs(dx[k]) > np.abs(dy[k])
        whole = good[k] & good[k + 1]
        # main direction first: (along, across, their changes, strides of both in the array)
        i, j = np.flatnonzero(wide & whole), np.flatnonzero(~wide & whole)
        row = amount.shape[1]
        _add_pairs(amount, x[k, i], y[k, i], dx[k, i], dy[k, i], (1, row), s[:, i], fade[k])
        _add_pairs(amount, y[k, j], x[k, j], dy[k, j], dx[k, j], (row, 1), s[:, j], fade[k])


def _within(values: Floats, start: int, size: int) -> Floats:
    """Places among the centres of the accumulator's pixels; what is outside lies in the padding."""
    with np.errstate(invalid="ignore"):
        local = values - np.float32(start - PAD + 0.5)
        np.nan_to_num(local, copy=False, nan=0.0)
        return np.clip(local, np.float32(0), np.float32(size - 2))


def _add_pairs(
    amount: Floats,
    along: Floats,
    across: Floats,
    change_along: Floats,
    change_across: Floats,
    strides: tuple[int, int],
    s: Floats,
    fade: Floats,
) -> None:
    """Points at shares s (samples, n) of n lines, each shared between two pixels across them."""
    weight = fade * np.abs(change_along)
    place = across + s * change_across
    low = np.floor(place)
    place -= low
    place *= weight  # the share of the farther pixel
    weight -= place
    index = low.astype(np.int32)
    index *= np.int32(strides[1])
    index += (along + s * change_along).astype(np.int32) * np.int32(strides[0])
    flat = amount.reshape(-1)  # numpy adds at one flat index six times as fast as at two
    np.add.at(flat, index.reshape(-1), weight.reshape(-1))
    index += np.int32(strides[1])
    np.add.at(flat, index.reshape(-1), place.reshape(-1))


def exposure(amount: Floats, area: float) -> float:
    """Optical depth per amount, such that a lone dot of `area` pixels and a dense cloud both read.

    The mean amount that a particle sees, sum(a^2) / sum(a), counts how many dots overlap; it
    moves smoothly with time, so that nothing flickers.
    """
    flat = amount.reshape(-1)
    total = float(flat.sum())
    overlap = float(np.dot(flat, flat)) / total * area if total > 0 else 1.0
    return EXPOSURE * area / max(1.0, overlap) ** 0.94


def toned(amount: Floats, gain: float, table: Floats, scratch: Scratch) -> QImage:
    """The image of `amount` (height, width); it lives as long as nothing else is toned."""
    height, width = amount.shape
    index = scratch.array("index", (height, width), np.intp)
    np.multiply(amount, np.float32(gain * (TABLE - 1) / FULL), out=index, casting="unsafe")
    pixels = scratch.array("pixels", (height, width), np.uint32)
    np.take(table, index, out=pixels, mode="clip")
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form)
