"""Reading a trajectory between its knots: linearly, or as cubic Hermite curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.arguments import time_of

S = TypeVar("S", float, Floats)
CHUNK = 16_384  # numbers processed at once, so that they stay in the processor's cache


def weighted(arrays: list[Floats], weights: Floats, out: Floats | None) -> Floats:
    """The sum of arrays (N, 2) times `weights`, chunk by chunk with one temporary array."""
    result = out if out is not None and out.flags.c_contiguous else None
    if result is None:
        result = np.empty(arrays[0].shape, np.float32)
    flat, total = [array.reshape(-1) for array in arrays], result.reshape(-1)
    spare = np.empty(min(CHUNK, len(total)), np.float32)
    for start in range(0, len(total), CHUNK):
        chunk = slice(start, start + CHUNK)
        x = total[chunk]
        np.multiply(flat[0][chunk], weights[0], out=x)
        for array, weight in zip(flat[1:], weights[1:], strict=True):
            np.multiply(array[chunk], weight, out=spare[: len(x)])
            x += spare[: len(x)]
    if out is None or result is out:
        return result
    np.copyto(out, result)
    return out


def locate(times: Floats, t: float) -> tuple[int, float]:
    """Index i and share s with t = times[i] + s (times[i+1] - times[i]).

    Clipped to the ends; raises `Invalid` unless t is from 0 to 1.
    """
    t = time_of(t)
    if t <= times[0] or len(times) == 1:
        return 0, 0.0
    if t >= times[-1]:
        return len(times) - 1, 0.0
    i = int(np.searchsorted(times, t, side="right")) - 1
    return i, float((t - times[i]) / (times[i + 1] - times[i]))


def lerp(a: Floats, b: Floats, s: float) -> Floats:
    """From a to b, s of the way."""
    mixed: Floats = np.float32(1 - s) * a + np.float32(s) * b
    return mixed


def hermite(s: S) -> tuple[S, S, S, S]:
    """Weights of the two positions and the two velocities in the cubic Hermite curve."""
    s2, s3 = s * s, s * s * s
    return 2 * s3 - 3 * s2 + 1, 3 * s2 - 2 * s3, s3 - 2 * s2 + s, s3 - s2


def sampled(times: Floats, points: Floats, velocities: Floats | None, wanted: Floats) -> Floats:
    """Positions (S, N, 2) at the wanted times of paths with knots `points` (T, N, 2), all at once.

    Their velocities (T, N, 2) at the knots make them cubic; else they are straight between knots.
    """
    i = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
    h = times[i + 1] - times[i]
    s = np.clip((wanted - times[i]) / h, 0.0, 1.0)
    parts = [points[i], points[i + 1]]
    if velocities is None:
        return _added((1 - s, s), parts)
    a, b, c, d = hermite(s)
    return _added((a, b, c * h, d * h), [*parts, velocities[i], velocities[i + 1]])


def _added(weights: Sequence[Floats], rows: Sequence[Floats]) -> Floats:
    """The sum of arrays (S, N, 2) times weights (S,); of a weight 0 what is lost doesn't count."""
    total: Floats = np.zeros_like(rows[0])
    with np.errstate(invalid="ignore", over="ignore"):  # of lost particles
        for weight, row in zip(weights, rows, strict=True):
            share = weight.astype(np.float32)[:, None, None]
            np.add(total, share * row, out=total, where=share != 0)
    return total
