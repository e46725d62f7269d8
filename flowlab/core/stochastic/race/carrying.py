"""Particles carried by one solver within a budget of evaluations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.dopri5 import dopri5
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import STEPPERS as ODE_STEPPERS
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.solvers.sde import STEPPERS as SDE_STEPPERS
from flowlab.core.stochastic.drift import GaussianSourceDrift, drift_of, path_of
from flowlab.core.stochastic.noise import noise_of
from flowlab.core.stochastic.possible import takes_exact_score
from flowlab.core.stochastic.race.results import EVALUATIONS
from flowlab.core.stochastic.race.walks import walk
from flowlab.core.views.bundle import Bundle

MOST_STEPS = 640  # of half the cells of a Brownian path
KNOTS = 64  # of a lane's path that are kept, about: more can't be seen
_LOST = 1e15  # positions beyond this count as lost


class OverBudget(Exception):
    """More evaluations were asked for than the budget has."""


@dataclass(frozen=True, eq=False)
class Carrier:
    """The starts of a race and the velocity that carries them."""

    flow: Field
    document: Document
    x: Tensor  # (n, 2)
    condition: Tensor | None = None
    cancelled: Callable[[], bool] | None = None

    @property
    def forward(self) -> bool:
        """True from the source to the target."""
        return self.document.solver.direction == "forward"

    def first(self, n: int) -> Carrier:
        """The same with the first n particles, in double precision."""
        condition = None if self.condition is None else self.condition[:n]
        return replace(self, x=self.x[:n].double(), condition=condition)

    def fixed(self, method: str, steps: int) -> tuple[Iterator[Tensor], list[float], Counted]:
        """The states at each of the times, the times, and the counter of evaluations.

        Raises `Invalid` for an SDE where no score is known.
        """
        if method in ODE_STEPPERS:
            times = self._turned([i / steps for i in range(steps + 1)])
            counted = self.counted(self.flow.velocity)
            return ODE_STEPPERS[method](counted, self._start(), times), times, counted
        settings, document = self.document.stochastic, self.document
        noise = noise_of(settings.eps, settings.level_shape, path_of(document))
        exact, direction = takes_exact_score(document), document.solver.direction
        drift = drift_of(self.flow, document, noise, steps, direction, exact)
        ascending, dw = walk(len(self.x), steps, document.seed)
        times, counted = self._turned(ascending), self.counted(drift)
        if isinstance(drift, GaussianSourceDrift) and noise.eps:
            drift.prepared(times)
        dw = dw.to(self.x)
        return SDE_STEPPERS[method](counted, noise, self._start(), times, dw), times, counted

    def end(self, method: str, steps: int) -> Tensor:
        """Where the particles end (n, 2); lost ones are NaN."""
        states, _, _ = self.fixed(method, steps)
        for x in states:
            end = x
        return _without_lost(end)

    def counted(self, velocity: Callable[..., Tensor], most: float = math.inf) -> Counted:
        """A velocity that counts its evaluations, conditioned on the particles' classes."""
        if self.condition is not None:
            velocity = partial(velocity, condition=self.condition)
        return Counted(velocity, self.cancelled, most)

    def _start(self) -> Tensor:
        return self.x.T.contiguous().T  # each coordinate contiguous, as fields compute

    def _turned(self, times: list[float]) -> list[float]:
        return times if self.forward else [1 - t for t in times]


class Counted:
    """A velocity that counts its evaluations and can be cancelled."""

    def __init__(
        self,
        velocity: Callable[..., Tensor],
        cancelled: Callable[[], bool] | None,
        most: float,
    ) -> None:
        self.calls = 0
        self._velocity, self._cancelled, self._most = velocity, cancelled, most

    def __call__(self, x: Tensor, t: float) -> Tensor:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self.calls >= self._most:
            raise OverBudget
        self.calls += 1
        return self._velocity(x, t)


@dataclass(frozen=True, eq=False)
class Carried:
    """The paths of a lane, and what they took."""

    bundle: Bundle
    steps: int
    evaluations: int
    tolerance: float | None = None


def steps_within(method: str, evaluations: int) -> int:
    """How many steps of a solver fit into a budget."""
    return min(MOST_STEPS, evaluations // EVALUATIONS[method])


def carried_within(carrier: Carrier, method: str, evaluations: int) -> Carried:
    """The particles by as many equal steps as fit; without particles if not one does."""
    steps = steps_within(method, evaluations)
    if not steps:
        return Carried(empty(), 0, 0)
    stride, points, knots = math.ceil(steps / KNOTS), list[Tensor](), list[float]()
    states, times, counted = carrier.fixed(method, steps)
    for i, (t, x) in enumerate(zip(times, states, strict=True)):
        if i % stride == 0 or i == steps:
            points.append(x)
            knots.append(t)
    return Carried(_bundle(carrier, method, knots, points, counted.calls), steps, counted.calls)


def carried_adaptively(carrier: Carrier, tolerance: float, evaluations: int) -> Carried | None:
    """The particles by Dormand-Prince with a tolerance; None if the budget doesn't last."""
    counted = carrier.counted(carrier.flow.velocity, evaluations)
    t0, t1 = (0.0, 1.0) if carrier.forward else (1.0, 0.0)
    try:
        knots = list(dopri5(counted, carrier.x, t0, t1, tolerance, tolerance))
    except (OverBudget, Invalid):
        return None
    points, velocities = [x for _, x, _ in knots], [v for _, _, v in knots]
    times, calls = [t for t, _, _ in knots], counted.calls
    bundle = _bundle(carrier, "dopri5", times, points, calls, velocities)
    return Carried(bundle, (calls - 2) // 6, calls, tolerance)


def empty() -> Bundle:
    """A bundle without particles."""
    return Bundle(times=np.array([0, 1], np.float32), points=np.zeros((2, 0, 2), np.float32))


def _bundle(
    carrier: Carrier,
    method: str,
    times: list[float],
    points: list[Tensor],
    evaluations: int,
    velocities: list[Tensor] | None = None,
) -> Bundle:
    def knots(values: list[Tensor]) -> Any:
        array = _without_lost(torch.stack(values)).float().cpu().numpy()
        return array if carrier.forward else array[::-1].copy()

    return Bundle(
        times=np.array(sorted(times), np.float32),
        points=knots(points),
        knot_velocities=None if velocities is None else knots(velocities),
        method=method,
        direction=carrier.document.solver.direction,
        evaluations=evaluations,
    )


def _without_lost(x: Tensor) -> Tensor:
    return x.masked_fill(~(x.abs() < _LOST), math.nan)
