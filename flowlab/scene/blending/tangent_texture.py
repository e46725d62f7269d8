"""Line integral convolution: random grey noise, averaged along the lines of a field.

Cabral and Leedom 1993 follow the line through each pixel. Here the displacement by n steps, for
all pixels at once, is the displacement by n / 2 steps applied twice. Thus 32 steps need 5
doublings of two maps: the displacement, and the sum of the noise along it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Complexes, Floats, Ints
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.scene.base.stage import Scratch
from flowlab.scene.blending.tangent_lattice import Lattice

TILE = 512  # pixels after which the noise repeats
MARGIN = 4  # pixels at the edge; each doubling rounds a displacement by half a pixel at most
DOUBLINGS = 5  # of a step of one pixel: the length of a streak; one more if pixels are smaller
CYCLE = 0.16  # of alpha: noise is carried along for so long, then fades into a fresh copy
CONTRAST = 0.17  # standard deviation of grey, if the noise weren't blurred
BLUR = 0.3  # weight of a noise pixel's neighbours


def texture(
    u: Floats, v: Floats, lattice: Lattice, t: float, scratch: Scratch, doublings: int = DOUBLINGS
) -> Floats:
    """Greys (R, K) float32, 0 to 1, of the field (u, v upwards) on a lattice's pixels at `t`.

    The noise drifts with the field as t advances: streaks move as fast as particles.
    """
    step = np.maximum(np.abs(u), np.abs(v))  # so that each step goes to one of the eight neighbours
    np.maximum(step, np.float32(1e-12), out=step)
    way = np.zeros(u.shape, np.complex64)
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    np.divide(u[inner], step[inner], out=way.real[inner])
    np.divide(v[inner], -step[inner], out=way.imag[inner])
    streaks = smeared(way, _grain(lattice), doublings, scratch)
    grey = np.zeros_like(streaks)
    power = 0.0
    for half in (0.0, 0.5):
        phase = (t / CYCLE + half) % 1.0
        share = 1.0 - abs(2.0 * phase - 1.0)
        grey += np.float32(share) * _carried(
            streaks, u, v, (phase - 0.5) * CYCLE / lattice.pitch, scratch
        )
        power += share * share
    # a mean of n pixels of noise of variance 1/12
    spread = math.sqrt(power / 12.0 / 2**doublings)
    grey -= np.float32(0.5)
    grey *= np.float32(CONTRAST / spread)
    grey += np.float32(0.5)
    np.clip(grey, 0.0, 1.0, out=grey)
    return grey


def smeared(way: Complexes, grain: Floats, doublings: int, scratch: Scratch) -> Floats:
    """Means (R, K) of `grain` over 2^doublings steps downstream of each pixel.

    `way` (R, K) complex64 is the first step, columns + i rows downwards, of length 1 at most.
    It is 0 within MARGIN of the edge, so that no displacement leaves the picture. `way` is
    overwritten.
    """
    total = grain.copy()
    for k in range(doublings):
        index = _reached(way.real, way.imag, scratch)
        total += total.take(index)
        if k < doublings - 1:
            way += way.take(index)
    total *= np.float32(0.5**doublings)
    return total


def _carried(streaks: Floats, u: Floats, v: Floats, back: float, scratch: Scratch) -> Floats:
    """The streaks from upstream: displaced by `back` times the velocity, in pixels."""
    index = _reached(u * np.float32(-back), v * np.float32(back), scratch)
    carried: Floats = streaks.take(index, mode="clip")  # near the picture's edge nothing is drawn
    return carried


def _reached(along: Floats, down: Floats, scratch: Scratch) -> Ints:
    """Flat index (R, K) of the pixel nearest to where each pixel's displacement leads."""
    rows, columns = along.shape
    x = scratch.array("texture x", along.shape, np.float32)
    y = scratch.array("texture y", along.shape, np.float32)
    index = scratch.array("texture index", along.shape, np.intp)
    np.rint(down, out=y)
    y *= np.float32(columns)
    np.rint(along, out=x)
    y += x
    np.copyto(index, y, casting="unsafe")
    index += _numbers(rows, columns)
    return index


@lru_cache(maxsize=2)
def _numbers(rows: int, columns: int) -> Ints:
    """Flat index (R, K) of each pixel."""
    return np.arange(rows * columns).reshape(rows, columns)


def _grain(lattice: Lattice) -> Floats:
    """Random greys (R, K) at the lattice's places; panning doesn't change them."""
    tile = _tile()
    columns = (lattice.left + np.arange(lattice.columns)) % TILE
    rows = (lattice.top - np.arange(lattice.rows)) % TILE
    grain: Floats = tile.take(rows, axis=0).take(columns, axis=1)
    return grain


@lru_cache(maxsize=1)
def _tile() -> Floats:
    """Random greys (TILE, TILE) of mean 1/2 and variance 1/12, slightly blurred.

    A displacement that another t rounds to the next pixel thus meets a similar grey: no flicker.
    """
    grain = numpy_rng(0, Stream.TEXTURE).standard_normal((TILE, TILE))
    for axis in (0, 1):
        beside = np.roll(grain, 1, axis) + np.roll(grain, -1, axis)
        grain = (1 - BLUR) * grain + 0.5 * BLUR * beside
    tile: Floats = (0.5 + math.sqrt(1 / 12) * grain / grain.std()).astype(np.float32)
    return tile
