"""Amounts of ink or light on a picture's pixels, and their colours.

An array (H, W) holds amounts only. An array (4, H, W) also holds sums of the particles' red, green
and blue, so that a pixel has the mean colour of the particles on it. That is too slow for very many
particles: for them an array of owners holds the colour code of the last particle on each pixel,
which is a random one of the particles there. Everything runs in chunks that fit into the cache and
in reused memory. Points that are off the picture or not finite are moved into the padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import ArrayOf, Bools, Bytes, Floats, Ints, Scalar
from flowlab.scene.base.camera import Affine
from flowlab.scene.base.stage import Scratch
from flowlab.scene.particles.particle_colours import Tint

PAD = 16  # free pixels around the accumulator, so that no stamp needs clipping
EXPOSURE = 1.5  # optical depth of a single dot
HERE = Affine()


@dataclass(frozen=True)
class Window:
    """A box of pixels inside the picture, and the padding around it."""

    x: int
    y: int
    width: int
    height: int
    pad: int = PAD


def finite(xy: Floats) -> Bools:
    """True for finite points (..., 2); computed column by column, which is 20 times faster."""
    return np.isfinite(xy[..., 0]) & np.isfinite(xy[..., 1])


def window_of(
    pixels: Floats, width: int, height: int, margin: int, affine: Affine = HERE
) -> Window | None:
    """The part of a width x height picture within `margin` of the finite points (..., 2)."""
    x0, x1 = _range(pixels[..., 0], affine.gain_x, affine.shift_x, width, margin)
    y0, y1 = _range(pixels[..., 1], affine.gain_y, affine.shift_y, height, margin)
    pad = max(PAD, 2 * margin)
    return Window(x0, y0, x1 - x0, y1 - y0, pad) if x1 > x0 and y1 > y0 else None


def _range(values: Floats, gain: float, shift: float, size: int, margin: int) -> tuple[int, int]:
    """First and last pixel along one axis; an empty range if there are no finite values."""
    if not values.size:
        return 0, 0
    ends = [gain * end + shift for end in _ends(values)]
    if math.isnan(ends[0]):
        return 0, 0
    low, high = (min(max(v, -2.0 * size), 3.0 * size) for v in sorted(ends))
    return max(0, math.floor(low) - margin), min(size, math.ceil(high) + margin)


def _ends(values: Floats) -> tuple[float, float]:
    """Smallest and largest of the values that aren't NaN."""
    low, high = float(values.min()), float(values.max())
    if math.isnan(low):  # rarely needed, and four times as slow
        low, high = (float(f.reduce(values, axis=None)) for f in (np.fmin, np.fmax))
    return low, high


@dataclass(frozen=True)
class Ink:
    """How particles colour the pixels: all alike, by their mean, or by the last particle."""

    tint: Tint | None = None
    owner: Bytes | None = None  # (H, W) uint8, only with an amount (H, W)

    def colours(self, chunk: slice, scratch: Scratch) -> Floats | None:
        """Return the colours (3, n) of the particles in `chunk`; None unless colours are mixed."""
        if self.tint is None or self.owner is not None:
            return None
        return self.tint.colours(chunk, scratch)

    def codes(self, chunk: slice) -> Bytes | None:
        """Return the codes (n,) of the particles in `chunk`; None unless the last one counts."""
        return None if self.tint is None or self.owner is None else self.tint.codes[chunk]


PLAIN = Ink()


def accumulator(window: Window, scratch: Scratch, mixed: bool = False) -> Floats:
    """Zeros float32 for a window and its padding: (H, W), or (4, H, W) to mix colours."""
    shape = (window.height + 2 * window.pad, window.width + 2 * window.pad)
    amount = scratch.array("amount", (4, *shape) if mixed else shape, np.float32)
    amount.fill(0.0)
    return amount


def inner(amount: ArrayOf[Scalar], pad: int = PAD) -> ArrayOf[Scalar]:
    """The accumulator without its padding."""
    return amount[..., pad:-pad, pad:-pad]


def add(
    amount: Floats, index: Ints, weights: Floats, ink: Ink, chunk: slice, scratch: Scratch
) -> None:
    """Add `weights` (..., n), or 1 each, of the particles in `chunk` at flat indices `index`."""
    at = index.reshape(-1)  # numpy adds at one flat index six times as fast as at two
    each = weights.reshape(-1) if weights.ndim else weights
    colours, codes = ink.colours(chunk, scratch), ink.codes(chunk)
    if codes is not None and ink.owner is not None:
        ink.owner.reshape(-1)[index] = codes
    if colours is None:
        np.add.at(amount.reshape(-1), at, each)
        return
    total, *planes = amount.reshape(4, -1)
    np.add.at(total, at, each)
    shade = scratch.array("shade", index.shape, np.float32)
    for plane, colour in zip(planes, colours, strict=True):
        np.multiply(weights, colour, out=shade)
        np.add.at(plane, at, shade.reshape(-1))


def exposure(amount: Floats, area: float) -> float:
    """Optical depth per amount that shows both a single dot of `area` pixels and a dense cloud.

    The mean amount at a particle, sum(a^2) / sum(a), counts how many dots overlap. It changes
    smoothly with time, so nothing flickers.
    """
    total = float(amount.sum())
    squares = float(np.einsum("ij,ij->", amount, amount))  # without a copy or threads of BLAS
    overlap = squares / total * area if total > 0 else 1.0
    return EXPOSURE * area / max(1.0, overlap) ** 0.94
