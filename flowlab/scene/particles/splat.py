"""Splatting: particles as dots, added up in arrays of pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.scene.base.camera import Affine
from flowlab.scene.base.stage import Scratch
from flowlab.scene.particles.ink_buffer import (
    HERE,
    PAD,
    PLAIN,
    Ink,
    Window,
    accumulator,
    add,
    exposure,
    finite,
    inner,
    window_of,
)
from flowlab.scene.particles.sprites import PHASES, crosses, stamps
from flowlab.scene.particles.trail_lines import add_lines

__all__ = [
    "PAD",
    "Ink",
    "Window",
    "accumulator",
    "add_dots",
    "add_lines",
    "crosses",
    "exposure",
    "finite",
    "inner",
    "stamps",
    "window_of",
]


CHUNK = 1 << 16  # particles at a time
ADDITIONS = 1 << 17  # additions to pixels at a time
ONE = np.ones((), np.float32)


def add_dots(
    amount: Floats,
    window: Window,
    points: Floats,
    table: Floats,
    *,
    affine: Affine = HERE,
    ink: Ink = PLAIN,
    scratch: Scratch | None = None,
) -> None:
    """Add one stamp of mass 1 at the `affine` pixel of each of `points` (N, 2)."""
    scratch = scratch or Scratch()
    m, columns = table.shape[1], amount.shape[-1]
    shares = np.ascontiguousarray(table.reshape(-1, m * m).T)  # (pixels of the stamp, phases)
    reach = (np.arange(m)[:, None] * columns + np.arange(m)).reshape(-1, 1)
    for chunk, first, phase in _corners(amount, window, points, m, affine, scratch):
        if m == 1:
            add(amount, first, ONE, ink, chunk, scratch)
            continue
        index = scratch.array("index", (m * m, len(first)), np.intp)
        weights = scratch.array("weights", index.shape, np.float32)
        np.add(reach, first, out=index)
        np.take(shares, phase, axis=1, out=weights, mode="clip")
        add(amount, index, weights, ink, chunk, scratch)


def _corners(
    amount: Floats, window: Window, points: Floats, m: int, affine: Affine, scratch: Scratch
) -> Iterator[tuple[slice, Ints, Ints]]:
    """Yield chunks of particles: their slice, the flat index of each stamp's corner, its phase."""
    rows, columns = amount.shape[-2:]
    fine = PHASES if m > 1 else 1
    begin = window.pad - (m - 1) / 2
    local = Affine(
        affine.gain_x,
        affine.shift_x + begin - window.x,
        affine.gain_y,
        affine.shift_y + begin - window.y,
    ).times(fine)
    largest = np.array([[columns - m], [rows - m]], np.int32) * fine
    size = min(CHUNK, ADDITIONS // (m * m))
    for start in range(0, len(points), size):
        chunk = slice(start, min(start + size, len(points)))
        place = scratch.array("place", (2, chunk.stop - start), np.float32)
        corner = scratch.array("corner", place.shape, np.int32)
        first, phase = scratch.array("first, phase", place.shape, np.intp)
        local.write(points[chunk], *place)
        with np.errstate(invalid="ignore"):  # NaN becomes a large number, moved into the padding
            np.copyto(corner, place, casting="unsafe")
        np.clip(corner, 0, largest, out=corner)
        if fine > 1:
            within = np.bitwise_and(corner, PHASES - 1, out=place.view(np.int32))
            np.multiply(within[1], PHASES, out=phase)
            phase += within[0]
            corner >>= PHASES.bit_length() - 1
        corner[1] *= columns
        np.add(corner[0], corner[1], out=first)
        yield chunk, first, phase
