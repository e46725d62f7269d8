"""How chains of growing N come near the exact path: Heitz et al. 2023, their main result."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.chaining import linked
from flowlab.core.blending.interfaces import Deblender, Generators, ShouldStop
from flowlab.core.blending.results import Convergence

STUDIED = tuple(2**k for k in range(10))  # values of N


def converge(
    deblender: Deblender,
    start: Floats,
    ends: Floats,
    rng: Generators,
    note: str = "",
    steps: tuple[int, ...] = STUDIED,
    cancelled: ShouldStop | None = None,
) -> Convergence:
    """Chains of each N in `steps` from the same starts (2, n), whose exact paths end at (n, 2).

    The distance is the mean of |x_1 - exact end|, which falls as N^-1/2, also where the exact map
    tears its starts apart: few chains, about N^-1/2 of them, end beyond the tear (a mean of
    squares would fall half as fast there). The variation is the mean of the sum of
    |x_{k+1} - x_k|^2 over a chain, E|x1 - x0|^2 / N exactly since each pair is a draw of (p0, p1).
    Raises `Cancelled`.
    """
    rows = [_measured(deblender, start, ends, n, rng, cancelled) for n in steps]
    distance, error, variation = np.array(rows).T
    return Convergence(
        steps=np.array(steps, np.float32),
        distance=distance.astype(np.float32),
        error=error.astype(np.float32),
        variation=variation.astype(np.float32),
        order=order_of(np.array(steps, float), distance),
        note=note,
    )


def _measured(
    deblender: Deblender,
    start: Floats,
    ends: Floats,
    steps: int,
    rng: Generators,
    cancelled: ShouldStop | None,
) -> tuple[float, float, float]:
    """Distance, its standard error, and variation."""
    alphas = tuple(k / steps for k in range(steps + 1))
    points = linked(deblender, start, alphas, rng, cancelled).points
    off = np.linalg.norm(points[-1].astype(np.float64) - ends, axis=1)
    moved = np.square(np.diff(points, axis=0), dtype=np.float64).sum((0, 2))
    return float(off.mean()), float(off.std() / np.sqrt(len(off))), float(moved.mean())


def order_of(steps: Floats, distance: Floats) -> float:
    """Of log distance by log N over the larger half of N; NaN where there is no distance."""
    half = len(steps) // 2
    if len(steps) - half < 2 or not (distance[half:] > 0).all():
        return float("nan")
    return float(np.polyfit(np.log(steps[half:]), np.log(distance[half:]), 1)[0])
