"""ODE solvers as generators: `for x in rk4(velocity, x, times)`; times may ascend or descend."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.distributions.checks import check_plane
from flowlab.core.document.arguments import kind_of, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.solver import Solver
from flowlab.core.solvers.dopri5 import Velocity, dopri5
from flowlab.core.solvers.threads import call_all

Stepper = Callable[[Velocity, Tensor, list[float]], Iterator[Tensor]]

_LOST = 1e15  # positions beyond this count as lost


class Cancelled(Exception):
    """The work was cancelled; raised where that was noticed."""


def stop_if(cancelled: Callable[[], bool] | None) -> None:
    """Raise `Cancelled` if that was asked for."""
    if cancelled is not None and cancelled():
        raise Cancelled


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Positions, and velocities there, at knots that ascend from t = 0 to t = 1."""

    times: Tensor  # (K,)
    points: Tensor  # (K, n, 2)
    knot_velocities: Tensor | None  # (K, n, 2), None for Euler, whose path is a polygon
    evaluations: int  # of the velocity per particle


def euler(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """First order, one evaluation per step."""
    yield x
    for t, later in pairwise(times):
        x = x + (later - t) * velocity(x, t)
        yield x


def midpoint(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """Second order (explicit midpoint), two evaluations per step."""
    yield x
    for t, later in pairwise(times):
        h = later - t
        x_mid = x + h / 2 * velocity(x, t)
        x = x + h * velocity(x_mid, t + h / 2)
        yield x


def heun(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """Second order (explicit trapezoid), two evaluations per step."""
    yield x
    for t, later in pairwise(times):
        h = later - t
        v = velocity(x, t)
        x = x + h / 2 * (v + velocity(x + h * v, later))
        yield x


def rk4(velocity: Velocity, x: Tensor, times: list[float]) -> Iterator[Tensor]:
    """Fourth order (classical Runge-Kutta), four evaluations per step."""
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


@dataclass(frozen=True, eq=False)
class Pause:
    """Where all particles pause once, so that a preview can be shown.

    `show(points, velocities)` gets the knots (k, n, 2) from the start to the first at or past `t`.
    """

    t: float
    show: Callable[[Tensor, Tensor], None]


def integrate(
    velocity: Velocity,
    x: Tensor,
    solver: Solver,
    *,
    chunk: int = 1024,
    cancelled: Callable[[], bool] | None = None,
    pause: Pause | None = None,
    workers: int = 1,
    condition: Tensor | None = None,
    progress: Callable[[float], None] | None = None,
) -> Trajectory:
    """Integrate dx/dt = velocity(x, t) from x (n, 2): from t = 0 to 1, or 1 to 0 in reverse.

    Chunks of particles are distributed over `workers` threads. Positions that overflow become NaN
    and stay NaN. With `condition` (n,), `velocity(x, t, condition)` gets the conditions of its
    points. `progress` is told the share that is done, from any thread. Dormand-Prince neither
    pauses nor uses threads, and tells no progress. Raises `Cancelled` as soon as
    `cancelled()` is True, `Invalid` if Dormand-Prince needs too many steps.
    """
    if not callable(velocity):
        raise Invalid(f"The velocity must be a function of x and t, not {shown(velocity)}.")
    kind_of(solver, Solver, "The solver", "a Solver")
    check_plane(kind_of(x, Tensor, "x", "a tensor (n, 2)"), "x")
    whole(chunk, "chunk, of particles,"), whole(workers, "workers")
    if solver.method == "dopri5":
        start, end = _ends(solver)
        conditioned = _conditioned(velocity, condition)
        run = _adaptive(_CountedVelocity(conditioned, cancelled), x, solver, start, end)
    else:
        times = knots_of(solver)
        run = _fixed(
            velocity, cancelled, x, solver, times, chunk, pause, workers, condition, progress
        )
    for values in (run.points, run.knot_velocities):
        if values is not None:
            values.masked_fill_(~(values.abs() < _LOST), math.nan)
    return run if solver.direction == "forward" else _ascending(run)


def _ends(solver: Solver) -> tuple[float, float]:
    return (0.0, 1.0) if solver.direction == "forward" else (1.0, 0.0)


def knots_of(solver: Solver) -> list[float]:
    """The times of a fixed method's steps, in the direction of the solver."""
    start, end = _ends(solver)
    return [start + (end - start) * i / solver.steps for i in range(solver.steps + 1)]


def times_read(solver: Solver) -> list[float]:
    """Where a fixed method evaluates the velocity; none for Dormand-Prince, which decides later."""
    if solver.method == "dopri5":
        return []
    knots = knots_of(solver)
    if solver.method in ("euler", "heun"):
        return knots
    return [*knots, *(t + (later - t) / 2 for t, later in pairwise(knots))]


def _conditioned(
    velocity: Callable[..., Tensor], condition: Tensor | None, part: slice = slice(None)
) -> Velocity:
    """The velocity of some particles, conditioned on their classes: one tensor for all steps."""
    if condition is None:
        return velocity
    return functools.partial(velocity, condition=condition[part])


def _adaptive(
    counted: _CountedVelocity, x: Tensor, solver: Solver, start: float, end: float
) -> Trajectory:
    knots = list(dopri5(counted, x, start, end, solver.rtol, solver.atol))
    times = torch.tensor([t for t, _, _ in knots])
    points = torch.stack([point for _, point, _ in knots])
    knot_velocities = torch.stack([v for _, _, v in knots])
    return Trajectory(times, points, knot_velocities, counted.calls)


def _fixed(
    velocity: Velocity,
    cancelled: Callable[[], bool] | None,
    x: Tensor,
    solver: Solver,
    times: list[float],
    chunk: int,
    pause: Pause | None,
    workers: int,
    condition: Tensor | None,
    progress: Callable[[float], None] | None,
) -> Trajectory:
    """Integrate chunk by chunk: a chunk stays in cache over all its steps."""
    points = x.new_empty(len(times), *x.shape)
    knot_velocities = None if solver.method == "euler" else x.new_empty(points.shape)
    chunks = [slice(first, first + chunk) for first in range(0, len(x), chunk)]
    runs = [
        _Chunk(
            _CountedVelocity(_conditioned(velocity, condition, part), cancelled),
            x[part],
            solver.method,
            times,
            points[:, part],
        )
        for part in chunks
    ]
    first = len(times)
    if pause is not None and knot_velocities is not None:
        first = 1 + next(
            i for i, t in enumerate(times) if abs(t - times[0]) >= abs(pause.t - times[0])
        )
    lasts = sorted({first, len(times)})
    tell = _Told(progress, len(chunks) * len(lasts))
    for last in lasts:
        velocity_slices = [
            None if knot_velocities is None else knot_velocities[:, part] for part in chunks
        ]
        advances = [
            functools.partial(run.advance, last, velocity_slice)
            for run, velocity_slice in zip(runs, velocity_slices, strict=True)
        ]
        call_all([tell.after(advance) for advance in advances], workers)
        if pause is not None and knot_velocities is not None and last < len(times):
            pause.show(points[:last], knot_velocities[:last])
    calls = runs[-1].counted.calls if runs else 0
    return Trajectory(torch.tensor(times), points, knot_velocities, calls)


class _Told:
    """Tells which share of so many calls has been made."""

    def __init__(self, progress: Callable[[float], None] | None, calls: int) -> None:
        self._progress, self._calls = progress, calls
        self._made = itertools.count(1)

    def after(self, call: Callable[[], None]) -> Callable[[], None]:
        """The call, followed by telling."""
        if self._progress is None:
            return call
        return functools.partial(self._tell, call, self._progress)

    def _tell(self, call: Callable[[], None], progress: Callable[[float], None]) -> None:
        call()
        progress(next(self._made) / self._calls)


class _Chunk:
    """A chunk of the particles, integrated from knot to knot."""

    def __init__(
        self, counted: _CountedVelocity, x: Tensor, method: str, times: list[float], points: Tensor
    ) -> None:
        self.counted, self._times, self._points = counted, times, points
        begin = x.T.contiguous().T  # each coordinate contiguous, as fields compute
        self._steps = enumerate(STEPPERS[method](counted, begin, times))
        self._reached = -1  # knot

    def advance(self, last: int, knot_velocities: Tensor | None) -> None:
        """Fill the knots below `last`, and their velocities."""
        counted = self.counted
        while self._reached + 1 < last:
            i, at = next(self._steps)
            self._points[i] = at
            if knot_velocities is not None and i:
                assert counted.knot is not None  # each step begins with the velocity at its knot
                knot_velocities[i - 1] = counted.knot
            counted.knot = None  # the next evaluation is the one at this knot
            self._reached = i
        if knot_velocities is not None:  # for display only: not counted
            knot_velocities[last - 1] = counted.velocity(
                self._points[last - 1], self._times[last - 1]
            )


class _CountedVelocity:
    """A velocity that counts calls, caches the first after each knot, and can be cancelled."""

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
    knot_velocities = None if run.knot_velocities is None else run.knot_velocities.flip(0)
    return Trajectory(run.times.flip(0), run.points.flip(0), knot_velocities, run.evaluations)
