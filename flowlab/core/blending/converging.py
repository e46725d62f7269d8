"""How chains of N steps converge to the deterministic path as N grows.

The main result of Heitz, Belcour and Chambon 2023, arXiv:2305.03486: as N goes to infinity the
chain converges to the solution of dx_alpha/dalpha = E[x1 - x0 | x_alpha].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.chaining import linked
from flowlab.core.blending.interfaces import Deblender, Generators, ShouldStop
from flowlab.core.blending.results import Convergence
from flowlab.core.document.arguments import kind_of, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.estimates import Estimate

MOST_STEPS = 1_000_000  # of a chain
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
    """Run chains of N steps, for each N in `steps` (S,), and compare them with the exact paths.

    All chains begin at `start` (2, n); the exact paths from there end at `ends` (n, 2). `distance`
    (S,) is the mean of |x_1 - exact end|. It falls as N^-1/2, also where the exact map is
    discontinuous: only about N^-1/2 of the chains end on the wrong side (a root mean square would
    fall half as fast there). `variation` (S,) is the mean over chains of
    sum_k |x_{k+1} - x_k|^2 = E|x1 - x0|^2 / N, exactly, since each pair is an independent draw
    from p0 and p1. Raises `Cancelled`.
    """
    _check(deblender, start, ends, rng, steps)
    runs = [_measured(deblender, start, ends, n, rng, cancelled) for n in steps]
    off, moved = (np.array(rows) for rows in zip(*runs, strict=True))  # (S, n)
    root = np.sqrt(off.shape[1])
    return Convergence(
        steps=np.array(steps, np.float32),
        distance=off.mean(1).astype(np.float32),
        error=(off.std(1) / root).astype(np.float32),
        variation=moved.mean(1).astype(np.float32),
        variation_error=(moved.std(1) / root).astype(np.float32),
        order=fitted_order(np.array(steps, float), off),
        note=note,
    )


def _check(deblender: Any, start: Any, ends: Any, rng: Any, steps: Any) -> None:
    """Raise `Invalid` unless chains can be run from here to there."""
    if not callable(getattr(deblender, "draw", None)):
        raise Invalid(f"Give a deblender, as of deblender_of(), not {shown(deblender)}.")
    kind_of(rng, Generators, "rng", "Generators of a torch.Generator")
    n = start.shape[-1] if isinstance(start, np.ndarray) and start.ndim else 0
    for name, given, shape in (("start", start, (2, n)), ("ends", ends, (n, 2))):
        if not n or not isinstance(given, np.ndarray) or given.shape != shape:
            raise Invalid(f"{name} must be an array {shape}, not {shown(given)}.")
        if given.dtype.kind != "f" or not np.isfinite(given).all():
            raise Invalid(f"{name} must be finite floating-point numbers.")
    for n in kind_of(steps, (tuple, list), "steps", "a row of whole numbers"):
        whole(n, "steps, of a chain,", 1, MOST_STEPS)
    if not steps:
        raise Invalid("steps must hold one number of steps or more.")


def _measured(
    deblender: Deblender,
    start: Floats,
    ends: Floats,
    steps: int,
    rng: Generators,
    cancelled: ShouldStop | None,
) -> tuple[Floats, Floats]:
    """The distance (n,) of each chain to its exact end, and its variation."""
    alphas = tuple(k / steps for k in range(steps + 1))
    points = linked(deblender, start, alphas, rng, cancelled).points
    off = np.linalg.norm(points[-1].astype(np.float64) - ends, axis=1)
    return off, np.square(np.diff(points, axis=0), dtype=np.float64).sum((0, 2))


def fitted_order(steps: Floats, off: Floats) -> Estimate:
    """`order_of` the mean distances of n chains from common starts, off (S, n); with its error.

    By the delta method: a start's share in the slope is that of its distances, relative to their
    means, so that what a start adds to all N alike falls out.
    """
    distance, half = off.mean(1), len(steps) // 2
    order = order_of(steps, distance)
    if not np.isfinite(order):
        return Estimate(order)
    x = np.log(steps[half:]) - np.log(steps[half:]).mean()
    shares = (x / np.square(x).sum()) @ (off[half:] / distance[half:, None])
    n = off.shape[1]
    return Estimate(order, float(shares.std()) / np.sqrt(n), n)


def order_of(steps: Floats, distance: Floats) -> float:
    """Order of convergence: the slope of log distance (S,) against log N over the larger half of N.

    NaN for fewer than two values, or where a distance is zero or NaN.
    """
    half = len(steps) // 2
    if len(steps) - half < 2 or not (distance[half:] > 0).all():
        return float("nan")
    return float(np.polyfit(np.log(steps[half:]), np.log(distance[half:]), 1)[0])
