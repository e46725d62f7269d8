"""Particles as amounts of ink or light, added up in arrays of pixels.

An array (H, W) holds the amount alone. One of (4, H, W) holds, after it, what each particle's red,
green and blue add, so that a pixel's colour is the mean of all that lies on it. Everything runs in
chunks that stay in the cache, in memory that is used again; what is off the picture or not finite
is moved into the padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from flowlab.scene.camera import Affine
from flowlab.scene.stage import Scratch
from flowlab.scene.tints import Tint

Floats = np.ndarray[Any, Any]

PAD = 16  # free pixels around the accumulator, so that no stamp needs clipping
EXPOSURE = 1.5  # optical depth of a lone dot
PHASES = 8  # places within a pixel for which a stamp is kept, each way
CHUNK = 1 << 16  # particles at a time
ADDITIONS = 1 << 17  # to pixels at a time
DEPTHS = 63  # levels of a colour, where count and three sums share 64 bits, 16 each
CROWD = 65_535 // DEPTHS  # particles on one pixel whose sums fit
ROWS = 64  # of pixels at a time
HERE = Affine()


@dataclass(frozen=True)
class Window:
    """The box of pixels, inside the picture, that needs touching; and the padding around it."""

    x: int
    y: int
    width: int
    height: int
    pad: int = PAD


def finite(xy: Floats) -> Floats:
    """Which of the points (..., 2) are finite; the two columns apart, which is 20 times faster."""
    return np.isfinite(xy[..., 0]) & np.isfinite(xy[..., 1])


def window_of(
    pixels: Floats, width: int, height: int, margin: int, affine: Affine = HERE
) -> Window | None:
    """The part of a width x height picture within `margin` of the points (..., 2) that exist."""
    x0, x1 = _range(pixels[..., 0], affine.gain_x, affine.shift_x, width, margin)
    y0, y1 = _range(pixels[..., 1], affine.gain_y, affine.shift_y, height, margin)
    pad = max(PAD, 2 * margin)
    return Window(x0, y0, x1 - x0, y1 - y0, pad) if x1 > x0 and y1 > y0 else None


def _range(values: Floats, gain: float, shift: float, size: int, margin: int) -> tuple[int, int]:
    """First and last pixel along one axis; an empty range where there is nothing."""
    if not values.size:
        return 0, 0
    ends = [gain * end + shift for end in _ends(values)]
    if math.isnan(ends[0]):
        return 0, 0
    low, high = (min(max(v, -2.0 * size), 3.0 * size) for v in sorted(ends))
    return max(0, math.floor(low) - margin), min(size, math.ceil(high) + margin)


def _ends(values: Floats) -> tuple[float, float]:
    """Least and largest of the values that are not NaN."""
    low, high = float(values.min()), float(values.max())
    if math.isnan(low):  # rarely; these are four times as slow
        low, high = (float(f.reduce(values, axis=None)) for f in (np.fmin, np.fmax))
    return low, high


@lru_cache(maxsize=64)
def stamps(radius: float) -> Floats:
    """Discs (PHASES^2, m, m) of unit sum, soft-edged, for each place of the centre in its pixel.

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
    """Upright crosses (PHASES^2, m, m) of unit sum: arms of `radius`, bars `thick` pixels wide."""
    reach = np.abs(_reach(math.ceil(2 * radius + 1)))
    arm, bar = (np.clip(half + 0.5 - reach, 0.0, 1.0) for half in (radius, thick / 2))
    bar = bar / bar.max(1, keepdims=True) * min(thick, 1.0)
    across = bar[:, None, :, None] * arm[None, :, None, :]
    down = arm[:, None, :, None] * bar[None, :, None, :]
    return _unit(np.maximum(across, down))


def _reach(m: int) -> Floats:
    """Distance (PHASES, m) of m pixels' centres from x, the first of them floor(x - (m - 1)/2)."""
    phase = (np.arange(PHASES) + 0.5) / PHASES
    reach: Floats = np.arange(m) - (m - 1) / 2 + 0.5 - phase[:, None]
    return reach


def _unit(table: Floats) -> Floats:
    m = table.shape[-1]
    table = table.reshape(-1, m, m)
    return (table / table.sum((1, 2), keepdims=True)).astype(np.float32)


def accumulator(window: Window, scratch: Scratch, coloured: bool = False) -> Floats:
    """Zeros float32 for this window and its padding: (H, W), or (4, H, W) with colours."""
    shape = (window.height + 2 * window.pad, window.width + 2 * window.pad)
    amount = scratch.array("amount", (4, *shape) if coloured else shape, np.float32)
    amount.fill(0.0)
    return amount


def inner(amount: Floats, pad: int = PAD) -> Floats:
    """The accumulator without its padding."""
    return amount[..., pad:-pad, pad:-pad]


def add_dots(
    amount: Floats,
    window: Window,
    points: Floats,
    table: Floats,
    *,
    affine: Affine = HERE,
    tint: Tint | None = None,
    scratch: Scratch | None = None,
) -> None:
    """Add one stamp of mass 1 for each of `points` (N, 2), which lie at their `affine` pixels."""
    scratch = scratch or Scratch()
    if table.shape[1] > 1:
        _add_stamps(amount, window, points, table, affine, tint, scratch)
    elif tint is None:
        flat, one = amount.reshape(-1), np.float32(1)
        for _, first, _ in _corners(amount, window, points, 1, affine, scratch):
            np.add.at(flat, first, one)
    elif not _add_packed(amount, window, points, affine, tint, scratch):
        _add_stamps(amount, window, points, table, affine, tint, scratch)


def _corners(
    amount: Floats, window: Window, points: Floats, m: int, affine: Affine, scratch: Scratch
) -> Any:
    """Chunks of particles: which, the flat index of each stamp's corner, and its phase."""
    rows, columns = amount.shape[-2:]
    fine = PHASES if m > 1 else 1
    begin = window.pad - (m - 1) / 2
    to_x, to_y = affine.shift_x + begin - window.x, affine.shift_y + begin - window.y
    local = Affine(affine.gain_x, to_x, affine.gain_y, to_y).times(fine)
    size = max(64, min(CHUNK, ADDITIONS // (m * m)))
    u, v = scratch.array("u, v", (2, size), np.float32)
    i, j = scratch.array("i, j", (2, size), np.int32)
    first, phase = scratch.array("first, phase", (2, size), np.intp)
    for start in range(0, len(points), size):
        part = slice(start, min(start + size, len(points)))
        n = part.stop - start
        local.write(points[part], u[:n], v[:n])
        with np.errstate(invalid="ignore"):  # NaN becomes a number far away, which is moved
            np.copyto(i[:n], u[:n], casting="unsafe")
            np.copyto(j[:n], v[:n], casting="unsafe")
        np.clip(i[:n], 0, (columns - m) * fine, out=i[:n])
        np.clip(j[:n], 0, (rows - m) * fine, out=j[:n])
        if fine > 1:
            np.bitwise_and(j[:n], PHASES - 1, out=phase[:n])
            np.bitwise_and(i[:n], PHASES - 1, out=first[:n])
            phase[:n] *= PHASES
            phase[:n] += first[:n]
            i[:n] >>= 3
            j[:n] >>= 3
        j[:n] *= columns
        np.add(i[:n], j[:n], out=first[:n])
        yield part, first[:n], phase[:n]


def _add_stamps(
    amount: Floats,
    window: Window,
    points: Floats,
    table: Floats,
    affine: Affine,
    tint: Tint | None,
    scratch: Scratch,
) -> None:
    m = table.shape[1]
    columns = amount.shape[-1]
    flat = amount.reshape(1 if tint is None else 4, -1)
    reach = (np.arange(m)[:, None] * columns + np.arange(m)).reshape(-1)
    for part, first, phase in _corners(amount, window, points, m, affine, scratch):
        n = len(first)
        index = scratch.array("index", (n, m * m), np.intp)
        np.add(first[:, None], reach, out=index)
        weights = scratch.array("weights", (n, m * m), np.float32)
        np.take(table.reshape(-1, m * m), phase, axis=0, out=weights, mode="clip")
        colours = None if tint is None else tint.part(part)[:, :, None]
        _add(flat, index, weights, colours, scratch)


def _add(
    flat: Floats, index: Floats, weights: Floats, colours: Floats | None, scratch: Scratch
) -> None:
    """Add `weights` at the places `index`; in colour also times `colours` (3, ...) of each."""
    at = index.reshape(-1)  # numpy adds at one flat index six times as fast as at two
    np.add.at(flat[0], at, weights.reshape(-1))
    if colours is None:
        return
    shade = scratch.array("shade", weights.shape, np.float32)
    for plane, colour in zip(flat[1:], colours, strict=True):
        np.multiply(weights, colour, out=shade)
        np.add.at(plane, at, shade.reshape(-1))


def _add_packed(
    amount: Floats, window: Window, points: Floats, affine: Affine, tint: Tint, scratch: Scratch
) -> bool:
    """Add dots of one pixel: count and three colours at once, as 16 bits each of one number.

    Twice as fast as four sums. Returns False, with nothing added, where more particles lie on one
    pixel than 16 bits can hold.
    """
    if _heaped(amount, window, points, affine):
        return False
    packed = scratch.array("packed", (amount[0].size,), np.int64)
    packed.fill(0)
    shades = scratch.array("shades", (CHUNK,), np.int64)
    table = tint.packed(DEPTHS)
    for part, first, _ in _corners(amount, window, points, 1, affine, scratch):
        n = len(first)
        np.take(table, tint.index(part, scratch), out=shades[:n], mode="clip")
        np.add.at(packed, first, shades[:n])
    sums = packed.view(np.uint16).reshape(*amount.shape[1:], 4)
    if int(inner(sums[..., 3], window.pad).max()) > CROWD:
        return False
    for row in range(0, len(sums), ROWS):
        some = sums[row : row + ROWS]
        spare = scratch.array("spare", some.shape[:2], np.float32)
        np.copyto(spare, some[..., 3])
        amount[0, row : row + ROWS] += spare
        for c in (0, 1, 2):
            np.multiply(some[..., c], np.float32(255 / DEPTHS), out=spare)
            amount[c + 1, row : row + ROWS] += spare
    return True


def _heaped(amount: Floats, window: Window, points: Floats, affine: Affine) -> bool:
    """Whether so many particles share a pixel that the count of them may run over, too."""
    few = points[:: max(1, len(points) // 4096)]
    small = Scratch()
    heap = 0
    for _, first, _ in _corners(amount, window, few, 1, affine, small):
        row, column = np.divmod(first, amount.shape[-1])
        seen = (row >= window.pad) & (row < amount.shape[-2] - window.pad)
        seen &= (column >= window.pad) & (column < amount.shape[-1] - window.pad)
        heap = max(heap, int(np.unique(first[seen], return_counts=True)[1].max(initial=0)))
    return heap * len(points) > 20_000 * len(few)


def add_lines(
    amount: Floats,
    window: Window,
    knots: Floats,
    samples: int,
    ink: float,
    *,
    width: float = 1.0,
    tint: Tint | None = None,
    scratch: Scratch | None = None,
) -> None:
    """Add lines through `knots` (K, N, 2), newest first, fading to nothing at the last knot.

    `ink` is the amount on each pixel at the bright end, whatever the speed. Each line is
    `samples` points, each shared among the pixels that it covers, `width` across the line's main
    direction.
    """
    scratch = scratch or Scratch()
    steps, count = len(knots) - 1, knots.shape[1]
    each = max(1, samples // steps)
    ages = (np.arange(steps * each, dtype=np.float32) + np.float32(0.5)) / np.float32(steps * each)
    fade = (np.float32(ink / each) * (1 - ages) * np.sqrt(1 - ages)).reshape(steps, each)
    size = max(1, ADDITIONS // 2 // (steps * each))
    for start in range(0, count, size):
        part = slice(start, min(start + size, count))
        colours = None if tint is None else tint.part(part)
        _add_some_lines(amount, window, knots[:, part], fade.T, width, colours, start, scratch)


def _add_some_lines(
    amount: Floats,
    window: Window,
    knots: Floats,
    fade: Floats,
    width: float,
    colours: Floats | None,
    start: int,
    scratch: Scratch,
) -> None:
    rows, columns = amount.shape[-2:]
    flat = amount.reshape(1 if colours is None else 4, -1)
    steps, n = len(knots) - 1, knots.shape[1]
    x, y = scratch.array("knots", (2, steps + 1, n), np.float32)
    _within(knots[..., 0], window.x - window.pad, columns, width, out=x)
    _within(knots[..., 1], window.y - window.pad, rows, width, out=y)
    dx, dy, along, across, go, rise, ink = scratch.array("ways", (7, steps, n), np.float32)
    np.subtract(x[1:], x[:-1], out=dx)
    np.subtract(y[1:], y[:-1], out=dy)
    wide = np.greater(np.abs(dx, out=go), np.abs(dy, out=rise))
    for out, if_wide, if_tall in (
        (along, x[:-1], y[:-1]),
        (across, y[:-1], x[:-1]),
        (go, dx, dy),
        (rise, dy, dx),
    ):
        np.copyto(out, if_tall)
        np.copyto(out, if_wide, where=wide)
    there = finite(knots)
    np.multiply(np.abs(go, out=ink), there[1:] & there[:-1], out=ink)
    # a phase of its own for each line turns the beat of sparse samples into noise
    phase = (np.arange(start, start + n, dtype=np.float32) * np.float32(0.618034)) % np.float32(1)
    s = (np.arange(len(fade), dtype=np.float32)[:, None] + phase) / np.float32(len(fade))

    shape = (len(fade), steps, n)  # the samples of a step first
    place, weight, part = scratch.array("lines", (3, *shape), np.float32)
    index, other = scratch.array("line index", (2, *shape), np.int32)
    stride = np.where(
        wide, np.int32(columns), np.int32(1)
    )  # across the main direction; along it, the other of the two
    np.multiply(s[:, None], go, out=part)
    part += along
    np.copyto(index, part, casting="unsafe")
    index *= np.int32(columns + 1) - stride
    np.multiply(s[:, None], rise, out=place)
    place += across
    place -= np.float32((width - 1) / 2)
    np.floor(place, out=part)
    place -= part  # how far into its first pixel the line begins
    np.copyto(other, part, casting="unsafe")
    other *= stride
    index += other
    np.multiply(fade[:, :, None], ink, out=weight)
    for k in range(math.ceil(width) + 1):
        if k == 0:
            np.subtract(np.float32(1), place, out=part)
        else:
            np.add(place, np.float32(width - k), out=part)
            if width != 1.0:
                np.clip(part, np.float32(0), np.float32(1), out=part)
        part *= weight
        _add(flat, index, part, colours, scratch)
        index += stride


def _within(values: Floats, start: int, size: int, width: float, *, out: Floats) -> None:
    """Places among the centres of the accumulator's pixels; what is outside lies in the padding."""
    room = math.ceil(width)
    with np.errstate(invalid="ignore", over="ignore"):
        np.subtract(values, np.float32(start + 0.5), out=out)
    np.fmax(out, np.float32(room), out=out)  # also of NaN
    np.fmin(out, np.float32(size - 2 - room), out=out)


def exposure(amount: Floats, area: float) -> float:
    """Optical depth per amount, such that a lone dot of `area` pixels and a dense cloud both read.

    The mean amount that a particle sees, sum(a^2) / sum(a), counts how many dots overlap; it
    moves smoothly with time, so that nothing flickers.
    """
    total = float(amount.sum())
    squares = float(np.einsum("ij,ij->", amount, amount))  # no copy, and no threads of BLAS
    overlap = squares / total * area if total > 0 else 1.0
    return EXPOSURE * area / max(1.0, overlap) ** 0.94
