"""Trails as thin fading lines, added up in arrays of pixels."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.scene.base.stage import Scratch
from flowlab.scene.particles.ink_buffer import PLAIN, Ink, Window, add, finite

CHUNK = 1 << 16  # samples at a time
GOLDEN = np.float32(0.618034)


def add_lines(
    amount: Floats,
    window: Window,
    knots: Floats,
    samples: int,
    ink: float,
    *,
    width: float = 1.0,
    colour: Ink = PLAIN,
    scratch: Scratch | None = None,
) -> None:
    """Add lines through `knots` (K, N, 2), newest first, fading to nothing at the last knot.

    `ink` is the amount on each pixel at the bright end, at any speed. Each line consists of
    `samples` points, each distributed over the pixels that it covers, `width` across the line's
    main direction.
    """
    scratch = scratch or Scratch()
    steps, count = len(knots) - 1, knots.shape[1]
    each = max(1, samples // steps)
    size = max(1, CHUNK // (steps * each))
    for start in range(0, count, size):
        chunk = slice(start, min(start + size, count))
        ways = _ways(amount, window, knots[:, chunk], width, scratch)
        shares = _shares(start, chunk.stop, each)
        _add_chunk(amount, ways, shares, ink * _fade(steps, each), width, colour, chunk, scratch)


def _ways(
    amount: Floats, window: Window, knots: Floats, width: float, scratch: Scratch
) -> tuple[Floats, Floats, Floats, Floats, Ints, Floats]:
    """The geometry of each step (K - 1, n), as six arrays.

    Position along and across its main direction, displacement along and slope across, memory stride
    across, and length, which is 0 where an end isn't finite.
    """
    rows, columns = amount.shape[-2:]
    room = math.ceil(width)
    xy = scratch.array("knots", (2, *knots.shape[:2]), np.float32)
    start = np.array([window.x, window.y], np.float32) - np.float32(window.pad - 0.5)
    limit = np.array([columns, rows], np.float32) - np.float32(2 + room)
    with np.errstate(invalid="ignore", over="ignore"):
        np.subtract(knots.transpose(2, 0, 1), start[:, None, None], out=xy)
    np.fmax(xy, np.float32(room), out=xy)  # points outside, and NaN, are moved into the padding
    np.fmin(xy, limit[:, None, None], out=xy)
    change = xy[:, 1:] - xy[:, :-1]
    far = np.abs(change)
    wide = far[0] > far[1]
    (x, y), (dx, dy) = xy[:, :-1], change
    along, across = np.where(wide, x, y), np.where(wide, y, x)
    go, rise = np.where(wide, dx, dy), np.where(wide, dy, dx)
    good = finite(knots)
    length = np.maximum(*far) * (good[1:] & good[:-1])
    return along, across, go, rise, np.where(wide, np.int32(columns), np.int32(1)), length


@lru_cache(maxsize=16)
def _fade(steps: int, each: int) -> Floats:
    """Amounts (each, steps, 1) of a line's samples, whose sum along the line is that of its ink."""
    age = (np.arange(steps * each, dtype=np.float32) + np.float32(0.5)) / np.float32(steps * each)
    fade: Floats = ((1 - age) * np.sqrt(1 - age) / np.float32(each)).reshape(steps, each)
    return fade.T[:, :, None].copy()


@lru_cache(maxsize=16)
def _shares(start: int, stop: int, each: int) -> Floats:
    """Positions (each, 1, n) of the samples on their step, 0 to 1.

    A random phase for each line turns the beat of sparse samples into noise.
    """
    phase = (np.arange(start, stop, dtype=np.float32) * GOLDEN) % np.float32(1)
    shares: Floats = (np.arange(each, dtype=np.float32)[:, None] + phase) / np.float32(each)
    return shares[:, None]


def _add_chunk(
    amount: Floats,
    ways: tuple[Floats, Floats, Floats, Floats, Ints, Floats],
    shares: Floats,
    fade: Floats,
    width: float,
    colour: Ink,
    chunk: slice,
    scratch: Scratch,
) -> None:
    along, across, go, rise, stride, length = ways
    shape = (len(shares), *go.shape)  # samples of a step on the first axis
    place, weight, amounts = scratch.array("lines", (3, *shape), np.float32)
    index, other = scratch.array("line index", (2, *shape), np.int32)
    np.multiply(shares, go, out=amounts)
    amounts += along
    np.copyto(index, amounts, casting="unsafe")
    index *= np.int32(amount.shape[-1] + 1) - stride
    np.multiply(shares, rise, out=place)
    place += across - np.float32((width - 1) / 2)
    np.floor(place, out=amounts)
    np.copyto(other, amounts, casting="unsafe")
    place -= amounts  # the line's position within its first pixel
    other *= stride
    index += other
    np.multiply(fade, length, out=weight)
    for k in range(math.ceil(width) + 1):
        if k == 0:
            np.subtract(np.float32(1), place, out=amounts)
            amounts *= weight
        elif width == 1.0:
            np.multiply(place, weight, out=amounts)
        else:
            np.add(place, np.float32(width - k), out=amounts)
            np.clip(amounts, np.float32(0), np.float32(1), out=amounts)
            amounts *= weight
        add(amount, index, amounts, colour, chunk, scratch)
        index += stride
