"""ODE solvers, a generator each: `for x in rk4(velocity, x, times)`; times may run either way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.document import Solver
from flowlab.core.limits import Invalid

Velocity = Callable[[Tensor, float], Tensor]
Stepper = Callable[[Velocity, Tensor, list[float]], Iterator[Tensor]]

MOST_TRIES = 2000  # of Dormand-Prince, accepted and rejected steps together
_FAR = 1e15  # beyond this a position is lost
KNOT_SPACING = 1 / 12  # its long steps are filled by dense output, so that a picture is smooth


class Cancelled(Exception):
    """The work is no longer wanted; raised where it was noticed."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Positions, and velocities there, at knots that ascend from t = 0 to t = 1."""

    times: Tensor  # (K,)
    points: Tensor  # (K, n, 2)
    slopes: Tensor | None  # (K, n, 2), None for Euler, whose path is a polygon
    evaluations: int  # of the velocity that the solver spent on each particle


def euler(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """First order, one evaluation a step."""
    yield x
    for t, later in pairwise(times):
        x = x + (later - t) * velocity(x, t)
        yield x


def midpoint(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """Second order, two evaluations a step."""
    yield x
    for t, later in pairwise(times):
        h = later - t
        half = x + h / 2 * velocity(x, t)
        x = x + h * velocity(half, t + h / 2)
        yield x


def heun(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """Second order (explicit trapezium), two evaluations a step."""
    yield x
    for t, later in pairwise(times):
        h = later - t
        v = velocity(x, t)
        x = x + h / 2 * (v + velocity(x + h * v, later))
        yield x


def rk4(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """Fourth order, four evaluations a step."""
    yield x
    for t, later in pairwise(times):
        h = later - t
        k1 = velocity(x, t)
        k2 = velocity(x + h / 2 * k1, t + h / 2)
        k3 = velocity(x + h / 2 * k2, t + h / 2)
        k4 = velocity(x + h * k3, later)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        yield x


STEPPERS: dict[str, Stepper] = {"euler": euler, "midpoint": midpoint, "heun": heun, "rk4": rk4}

# Dormand & Prince 1980; the last row is also the fifth-order solution (first same as last).
_NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
# Fourth-order dense output of Hairer, Norsett & Wanner (II.6): the bulge beside the cubic.
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
    """Adaptive fifth order: yields (t, x, v) at knots no more than `KNOT_SPACING` apart.

    The whole batch shares one step, chosen so that the root mean square of the error estimate
    over `atol + rtol |x|` is at most 1. Six evaluations a try and two to begin; the knots inside
    a long step cost none. Raises `Invalid` after `MOST_TRIES` tries.
    """
    t, v = t0, velocity(x, t0)
    yield t, x, v
    h, most = _first_step(velocity, x, v, t0, t1, rtol, atol), 10.0
    for _ in range(MOST_TRIES):
        h = math.copysign(min(abs(h), abs(t1 - t)), t1 - t0)
        last = abs(t1 - t) <= abs(h) * (1 + 1e-9)
        k, end = _stages(velocity, x, v, t, h)
        error = _error_norm(x, end, h * _sum(_ERROR, k), rtol, atol, patient=abs(h) > 1e-6)
        if error > 1:
            h *= max(0.2, 0.9 * error**-0.2)
            most = 1.0  # no growth right after a refusal
            continue
        later = t1 if last else t + h
        yield from _dense(t, h, x, end, k)
        yield later, end, k[6]
        if last:
            return
        t, x, v = later, end, k[6]
        h *= min(most, max(0.2, 0.9 * max(error, 1e-10) ** -0.2))
        most = 10.0
    raise Invalid(
        f"Dormand–Prince gave up at t = {t:.3f} after {MOST_TRIES} tries: loosen its "
        "tolerances or take a solver with fixed steps."
    )


def _stages(
    velocity: Velocity, x: Tensor, v: Tensor, t: float, h: float
) -> tuple[list[Tensor], Tensor]:
    k, at = [v], x
    for node, row in zip(_NODES[1:], _STAGES, strict=True):
        at = x + h * _sum(row, k)
        k.append(velocity(at, t + node * h))
    return k, at


def _sum(weights: tuple[float, ...], k: list[Tensor]) -> Tensor:
    total = weights[0] * k[0]
    for weight, value in zip(weights[1:], k[1:], strict=False):
        if weight:
            total = total.add(value, alpha=weight)
    return total


def _error_norm(
    x: Tensor, end: Tensor, error: Tensor, rtol: float, atol: float, *, patient: bool
) -> float:
    """Root mean square of the scaled error; particles already lost don't hold the others up."""
    scaled = error / (atol + rtol * torch.maximum(x.abs(), end.abs()))
    kept = x.isfinite() if patient else scaled.isfinite()
    norm = float(torch.where(kept, scaled, 0.0).square().mean().sqrt())
    return norm if math.isfinite(norm) else 1e10


def _first_step(
    velocity: Velocity, x: Tensor, v: Tensor, t0: float, t1: float, rtol: float, atol: float
) -> float:
    """Starting step of Hairer, Norsett & Wanner (II.4), one more evaluation."""

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
    """Knots inside one accepted step, from the quartic of its stages."""
    pieces = math.ceil(abs(h) / KNOT_SPACING - 1e-9)
    if pieces < 2:
        return
    rise = end - x
    left, right, bulge = h * k[0] - rise, rise - h * k[6], h * _sum(_BULGE, k)
    for i in range(1, pieces):
        s = i / pieces
        r = 1 - s
        inner = left + s * (right - left + r * bulge)  # left r + right s + bulge r s
        slope = right - left + (1 - 2 * s) * bulge
        yield (
            t + s * h,
            x + s * (rise + r * inner),
            (rise + (1 - 2 * s) * inner + s * r * slope) / h,
        )


@dataclass(frozen=True, eq=False)
class Halt:
    """Where all particles are halted once, to show what is known of them by then.

    `tell(points, slopes)` is given the knots (k, n, 2) from the start to the first that is not
    before `t`.
    """

    t: float
    tell: Callable[[Tensor, Tensor], None]


def integrate(
    velocity: Velocity,
    x: Tensor,
    solver: Solver,
    *,
    chunk: int = 1024,
    cancelled: Callable[[], bool] | None = None,
    halt: Halt | None = None,
) -> Trajectory:
    """Carry x (n, 2) along `velocity`: from t = 0 to 1, or from 1 to 0 where the solver reverses.

    Particles that leave the numbers become NaN and stay so. Dormand-Prince does not halt. Raises
    `Cancelled` as soon as `cancelled()` says so, `Invalid` where Dormand-Prince needs too many
    steps.
    """
    start, end = (0.0, 1.0) if solver.direction == "forward" else (1.0, 0.0)
    if solver.method == "dopri5":
        run = _adaptive(_Watched(velocity, cancelled), x, solver, start, end)
    else:
        times = [start + (end - start) * i / solver.steps for i in range(solver.steps + 1)]
        run = _fixed(velocity, cancelled, x, solver, times, chunk, halt)
    for values in (run.points, run.slopes):
        if values is not None:
            values.masked_fill_(~(values.abs() < _FAR), math.nan)
    return run if solver.direction == "forward" else _ascending(run)


def _adaptive(watched: _Watched, x: Tensor, solver: Solver, start: float, end: float) -> Trajectory:
    knots = list(dopri5(watched, x, start, end, solver.rtol, solver.atol))
    times = torch.tensor([t for t, _, _ in knots])
    points = torch.stack([point for _, point, _ in knots])
    slopes = torch.stack([v for _, _, v in knots])
    return Trajectory(times, points, slopes, watched.calls)


def _fixed(
    velocity: Velocity,
    cancelled: Callable[[], bool] | None,
    x: Tensor,
    solver: Solver,
    times: list[float],
    chunk: int,
    halt: Halt | None,
) -> Trajectory:
    """One chunk of particles after the other, which stays in cache for the whole way."""
    points = x.new_empty(len(times), *x.shape)
    slopes = None if solver.method == "euler" else x.new_empty(points.shape)
    parts = [slice(first, first + chunk) for first in range(0, len(x), chunk)]
    runs = [
        _Chunk(_Watched(velocity, cancelled), x[part], solver.method, times, points[:, part])
        for part in parts
    ]
    first = len(times)
    if halt is not None and slopes is not None:
        first = 1 + next(
            i for i, t in enumerate(times) if abs(t - times[0]) >= abs(halt.t - times[0])
        )
    for last in sorted({first, len(times)}):
        for run, part in zip(runs, parts, strict=True):
            run.go_on(last, None if slopes is None else slopes[:, part])
        if halt is not None and slopes is not None and last < len(times):
            halt.tell(points[:last], slopes[:last])
    calls = runs[-1].watched.calls if runs else 0
    return Trajectory(torch.tensor(times), points, slopes, calls)


class _Chunk:
    """Some of the particles on their way from knot to knot."""

    def __init__(
        self, watched: _Watched, x: Tensor, method: str, times: list[float], points: Tensor
    ) -> None:
        self.watched, self._times, self._points = watched, times, points
        begin = x.T.contiguous().T  # each coordinate contiguous, as fields compute
        self._way = enumerate(STEPPERS[method](watched, begin, times))
        self._reached = -1  # knot

    def go_on(self, last: int, slopes: Tensor | None) -> None:
        """Fill the knots below `last`, and their slopes."""
        watched = self.watched
        while self._reached + 1 < last:
            i, at = next(self._way)
            self._points[i] = at
            if slopes is not None and i:
                assert watched.knot is not None  # each step begins with the velocity at its knot
                slopes[i - 1] = watched.knot
            watched.knot = None  # the next evaluation is the one at this knot
            self._reached = i
        if slopes is not None:  # for drawing alone: not counted
            slopes[last - 1] = watched.velocity(self._points[last - 1], self._times[last - 1])


class _Watched:
    """A velocity that counts its calls, keeps the first one after each knot, and can be stopped."""

    def __init__(self, velocity: Velocity, cancelled: Callable[[], bool] | None) -> None:
        self.velocity, self.cancelled = velocity, cancelled
        self.calls = 0
        self.knot: Tensor | None = None

    def __call__(self, x: Tensor, t: float) -> Tensor:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
        self.calls += 1
        v = self.velocity(x, t)
        if self.knot is None:
            self.knot = v
        return v


def _ascending(run: Trajectory) -> Trajectory:
    slopes = None if run.slopes is None else run.slopes.flip(0)
    return Trajectory(run.times.flip(0), run.points.flip(0), slopes, run.evaluations)
