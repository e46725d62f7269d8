"""The adaptive Runge-Kutta solver of Dormand and Prince (1980), with dense output between steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from flowlab.core.document.limits import Invalid

Velocity = Callable[[Tensor, float], Tensor]

MAX_TRIES = 2000  # accepted and rejected steps
EARLY, LITTLE = 400, 0.01  # tries after which less than this share of the way is hopeless
KNOT_SPACING = 1 / 12  # longer steps are filled by dense output, for smooth pictures

# Dormand & Prince 1980; the last row is also the fifth-order solution (first same as last).
NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
# Fourth-order dense output (Hairer, Norsett & Wanner, II.6): the quartic term beside the cubic.
_BULGE = (
    -12715105075 / 11282082432,
    0.0,
    87487479700 / 32700410799,
    -10690763975 / 1880347072,
    701980252875 / 199316789632,
    -1453857185 / 822651844,
    69997945 / 29380423,
)


def dopri5(
    velocity: Velocity, x: Tensor, t0: float, t1: float, rtol: float, atol: float
) -> Iterator[tuple[float, Tensor, Tensor]]:
    """Adaptive fifth order: yields (t, x, v) at knots at most `KNOT_SPACING` apart.

    All particles share one step size, chosen so that the root mean square of error / (atol + rtol
    |x|) is at most 1. Six evaluations per try, two more to start; knots inside a long step cost
    none. Raises `Invalid` after `MAX_TRIES` tries, or `EARLY` where they led nowhere.
    """
    t, v = t0, velocity(x, t0)
    yield t, x, v
    h, max_growth = _initial_step(velocity, x, v, t0, t1, rtol, atol), 10.0
    for tries in range(1, MAX_TRIES + 1):
        if tries > EARLY and abs(t - t0) < LITTLE * abs(t1 - t0):
            break
        h = math.copysign(min(abs(h), abs(t1 - t)), t1 - t0)
        last = abs(t1 - t) <= abs(h) * (1 + 1e-9)
        k, end = _stages(velocity, x, v, t, h)
        error = _error_norm(
            x, end, h * _weighted_sum(_ERROR, k), rtol, atol, skip_lost_only=abs(h) > 1e-6
        )
        if error > 1:
            h *= max(0.2, 0.9 * error**-0.2)
            max_growth = 1.0  # no growth right after a rejected step
            continue
        later = t1 if last else t + h
        yield from _dense(t, h, x, end, k)
        yield later, end, k[6]
        if last:
            return
        t, x, v = later, end, k[6]
        h *= min(max_growth, max(0.2, 0.9 * max(error, 1e-10) ** -0.2))
        max_growth = 10.0
    raise Invalid(
        f"Dormand–Prince gave up at t = {t:.3f} after {tries:,} tries: loosen its "
        "tolerances or take a solver with fixed steps."
    )


def _stages(
    velocity: Velocity, x: Tensor, v: Tensor, t: float, h: float
) -> tuple[list[Tensor], Tensor]:
    k, stage = [v], x
    for node, row in zip(NODES[1:], STAGES, strict=True):
        stage = x + h * _weighted_sum(row, k)
        k.append(velocity(stage, t + node * h))
    return k, stage


def _weighted_sum(weights: tuple[float, ...], k: list[Tensor]) -> Tensor:
    weighted = weights[0] * k[0]
    for weight, value in zip(weights[1:], k[1:], strict=False):
        if weight:
            weighted = weighted.add(value, alpha=weight)
    return weighted


def _error_norm(
    x: Tensor, end: Tensor, error: Tensor, rtol: float, atol: float, *, skip_lost_only: bool
) -> float:
    """Root mean square of the scaled error; lost particles don't reduce the step of the others."""
    scaled = error / (atol + rtol * torch.maximum(x.abs(), end.abs()))
    finite = x.isfinite() if skip_lost_only else scaled.isfinite()
    norm = float(torch.where(finite, scaled, 0.0).square().mean().sqrt())
    return norm if math.isfinite(norm) else 1e10


def _initial_step(
    velocity: Velocity, x: Tensor, v: Tensor, t0: float, t1: float, rtol: float, atol: float
) -> float:
    """Initial step size of Hairer, Norsett and Wanner (section II.4); one more evaluation."""

    def norm(value: Tensor) -> float:
        size = float((value / scale).square().nanmean().sqrt())
        return size if math.isfinite(size) else 1e10

    scale = atol + rtol * x.abs()
    d0, d1 = norm(x), norm(v)
    guess = min(1e-6 if min(d0, d1) < 1e-5 else 0.01 * d0 / d1, abs(t1 - t0))
    step = math.copysign(guess, t1 - t0)
    d2 = norm(velocity(x + step * v, t0 + step) - v) / guess
    better = max(1e-6, guess * 1e-3) if max(d1, d2) <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2
    return math.copysign(min(100 * guess, better), t1 - t0)


def _dense(
    t: float, h: float, x: Tensor, end: Tensor, k: list[Tensor]
) -> Iterator[tuple[float, Tensor, Tensor]]:
    """Knots inside one accepted step, by the quartic dense output of its stages."""
    pieces = math.ceil(abs(h) / KNOT_SPACING - 1e-9)
    if pieces < 2:
        return
    step = end - x
    left, right, bulge = h * k[0] - step, step - h * k[6], h * _weighted_sum(_BULGE, k)
    for i in range(1, pieces):
        s = i / pieces
        r = 1 - s
        inner = left + s * (right - left + r * bulge)  # left r + right s + bulge r s
        derivative = right - left + (1 - 2 * s) * bulge
        yield (
            t + s * h,
            x + s * (step + r * inner),
            (step + (1 - 2 * s) * inner + s * r * derivative) / h,
        )
