"""SDE solvers as generators, for dX = f(X, t) dt + sqrt(2 eps(t)) dW with a given Brownian path.

Times may ascend or descend. Backwards in time f is the drift b - eps s of the reverse process and
the noise is the same: see `flowlab.core.stochastic.drift`. Since the noise doesn't depend on X,
Euler-Maruyama has strong order 1, and Itô and Stratonovich agree (Kloeden and Platen 1992).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.solvers.ode import Cancelled, Trajectory
from flowlab.core.solvers.threads import carrying_threads

Drift = Callable[..., Tensor]  # f(x, t), (n, 2) at x (n, 2); and the condition of a network

_LOST = 1e15  # positions beyond this count as lost


@dataclass(frozen=True)
class Noise:
    """How much noise there is: `level(t)` is eps(t), `between(t, u)` its integral from t to u."""

    level: Callable[[float], float]
    between: Callable[[float, float], float]


def euler_maruyama(
    drift: Drift, noise: Noise, x: Tensor, times: list[float], dw: Tensor
) -> Iterator[Tensor]:
    """Strong order 1, weak order 1; one evaluation per step, at its beginning."""
    yield x
    for (t, later), each in zip(pairwise(times), dw, strict=True):
        x = x + (later - t) * drift(x, t) + math.sqrt(2 * noise.level(t)) * each
        yield x


def stochastic_heun(
    drift: Drift, noise: Noise, x: Tensor, times: list[float], dw: Tensor
) -> Iterator[Tensor]:
    """Weak order 2: Heun's method between both ends of the step, with the same noise in both.

    The variance of the noise is the integral of 2 eps over the step.
    """
    yield x
    for (t, later), each in zip(pairwise(times), dw, strict=True):
        h = later - t
        shake = math.sqrt(2 * abs(noise.between(t, later)) / abs(h)) * each
        f = drift(x, t)
        x = x + h / 2 * (f + drift(x + h * f + shake, later)) + shake
        yield x


Stepper = Callable[[Drift, Noise, Tensor, list[float], Tensor], Iterator[Tensor]]
STEPPERS: dict[str, Stepper] = {
    "euler_maruyama": euler_maruyama,
    "stochastic_heun": stochastic_heun,
}


def integrate_sde(
    drift: Drift,
    noise: Noise,
    x: Tensor,
    dw: Tensor,
    *,
    method: str | Stepper = "euler_maruyama",
    until: float = 1.0,
    direction: str = "forward",
    chunk: int = 1024,
    condition: Tensor | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Trajectory:
    """Paths of x (n, 2) along the Brownian increments dw (steps, n, 2), from t = 0 to `until`.

    `chunk` particles at once, in so many threads.

    In reverse from `until` to 0; the knots ascend in either direction. With `condition` (n,) the
    drift gets the conditions of its points. Positions that overflow become NaN and stay NaN.
    Raises `Cancelled` as soon as `cancelled()` is True.
    """
    steps, stepper = len(dw), STEPPERS[method] if isinstance(method, str) else method
    times = times_of(steps, until, direction)
    points = x.new_empty(len(times), *x.shape)
    chunk = max(1, min(chunk, math.ceil(len(x) / max(1, workers))))
    done = itertools.count(1)

    def carry(first: int) -> int:
        """Carry one part, and return how many evaluations it took."""
        part = slice(first, first + chunk)
        counted = _Counted(drift, cancelled)
        begin = x[part].T.contiguous().T  # each coordinate contiguous, as fields compute
        part_drift = counted if condition is None else partial(counted, condition=condition[part])
        path = stepper(part_drift, noise, begin, times, dw[:, part])
        for i, at in enumerate(path):
            points[i, part] = at
        if progress is not None:
            progress(min(1.0, next(done) * chunk / len(x)))
        return counted.calls

    firsts = range(0, len(x), chunk)
    if workers > 1:
        with carrying_threads(workers) as pool:
            calls = max(pool.map(carry, firsts), default=0)
    else:
        calls = max(map(carry, firsts), default=0)
    return trajectory_of(points, times, calls)


def trajectory_of(points: Tensor, times: list[float], evaluations: int) -> Trajectory:
    """The knots (T, n, 2) at times in either order; lost points become NaN, in place."""
    within = bool(points.abs().max() < _LOST) if points.numel() else True
    if not within:  # or not a number
        points.masked_fill_(~(points.abs() < _LOST), math.nan)
    forward = times[0] <= times[-1]
    knots = points if forward else points.flip(0)
    return Trajectory(torch.tensor(times if forward else times[::-1]), knots, None, evaluations)


def times_of(steps: int, until: float = 1.0, direction: str = "forward") -> list[float]:
    """Where equal steps from 0 to `until`, or in reverse, begin and end, in their order."""
    ascending = [until * i / steps for i in range(steps + 1)]
    return ascending if direction == "forward" else ascending[::-1]


class _Counted:
    """A drift that counts calls and can be cancelled."""

    def __init__(self, drift: Drift, cancelled: Callable[[], bool] | None) -> None:
        self.drift, self.cancelled = drift, cancelled
        self.calls = 0

    def __call__(self, x: Tensor, t: float, **condition: Tensor) -> Tensor:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
        self.calls += 1
        return self.drift(x, t, **condition)
