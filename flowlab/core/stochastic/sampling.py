"""Particles carried by an SDE with the marginals of a flow, as a bundle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from flowlab.core.document.arguments import name_of, seed_of, whole
from flowlab.core.document.document import Document
from flowlab.core.learning.field import LearnedVelocity, rows
from flowlab.core.learning.folded import FoldedSteps
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Trajectory
from flowlab.core.solvers.sde import Drift, integrate_sde, times_of
from flowlab.core.stochastic.drift import (
    BesidePlain,
    PlainDrift,
    drift_of,
    has_score,
    path_of,
    plain_drift,
)
from flowlab.core.stochastic.folded import Foldable, folded
from flowlab.core.stochastic.noise import Shape, ShapedNoise, noise_of
from flowlab.core.stochastic.settings import EPS, SDE_METHODS, STEPS
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache

_MOST_KEPT = 4_000_000  # increments, of 8 bytes each


@dataclass(frozen=True, kw_only=True)
class SdeSolver:
    """How particles are carried by an SDE: eps(t) is `eps` times `eps_shape` (see `noise_of`)."""

    method: str = "euler_maruyama"
    steps: int = STEPS
    eps: float = EPS
    eps_shape: Shape = "auto"
    direction: str = "forward"
    until: float = 1.0  # where it ends, and begins in reverse
    exact_score: bool = False  # taken from the exact field of the document

    def __post_init__(self) -> None:
        """Raises `Invalid` for a method, a number of steps or a direction that cannot be."""
        name_of(self.method, SDE_METHODS, "method of an SDE")
        name_of(self.direction, ("forward", "reverse"), "direction")
        whole(self.steps, "The number of steps", 1, 1000)

    @property
    def times(self) -> list[float]:
        """Where its steps begin and end, in their order."""
        return times_of(self.steps, self.until, self.direction)


def carried_by_sde(
    flow: Field,
    document: Document | None,
    x: Tensor,
    solver: SdeSolver,
    seed: int,
    *,
    scored: bool = True,
    condition: Tensor | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    **facts: Any,
) -> Bundle:
    """The paths of x (n, 2), with Brownian increments that the seed and the steps fix.

    Without the score, dX = b dt + sqrt(2 eps) dW, which has other marginals. Raises `Cancelled`, or
    `Invalid` where no score is known.
    """
    noise = noise_of(solver.eps, solver.eps_shape, path_of(document))
    dw = _increments(len(x), solver, seed_of(seed))
    how: dict[str, Any] = {"workers": workers, "cancelled": cancelled, "progress": progress}
    if steps := _folded(flow, document, noise, x, solver, [scored]):
        run = steps.carry(x, dw, condition=condition, **how)
    else:
        drift = _drift(flow, document, noise, solver, scored)
        run = _integrated(drift, flow, noise, x, dw, solver, condition, **how)
    return _bundle(run, solver, slice(None), facts)


def carried_both_ways(
    flow: Field,
    document: Document | None,
    x: Tensor,
    solver: SdeSolver,
    seed: int,
    *,
    condition: Tensor | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Bundle, Bundle]:
    """The paths of `carried_by_sde` with and without the score, at once: faster for few points."""
    noise = noise_of(solver.eps, solver.eps_shape, path_of(document))
    dw, n = _increments(len(x), solver, seed_of(seed)), len(x)
    if steps := _folded(flow, document, noise, x, solver, [True, False]):
        run = steps.carry(x, dw, condition=condition, workers=workers, cancelled=cancelled)
    else:
        known = drift_of(flow, document, noise, solver.steps, solver.direction, solver.exact_score)
        run = _integrated(
            BesidePlain(known),
            flow,
            noise,
            x.repeat(2, 1),
            torch.cat([dw.mT, dw.mT], 2).mT,
            solver,
            None if condition is None else condition.repeat(2),
            chunk=2 * n,  # all at once: one half with the score, the other without
            cancelled=cancelled,
        )
    return _bundle(run, solver, slice(0, n), {}), _bundle(run, solver, slice(n, None), {})


def _folded(
    flow: Field,
    document: Document | None,
    noise: ShapedNoise,
    x: Tensor,
    solver: SdeSolver,
    scored: list[bool],
) -> FoldedSteps | None:
    """The steps within the network's last layer, for equal shares of points; None if unknown."""
    if not isinstance(flow, LearnedVelocity) or x.dtype != torch.float32:
        return None
    if scored == [False] and not has_score(flow, document, noise, solver.exact_score):
        return None
    known = drift_of(flow, document, noise, solver.steps, solver.direction, solver.exact_score)
    if not isinstance(known, Foldable):
        return None
    return folded(flow, known, noise, solver.times, solver.method, scored)


def _drift(
    flow: Field, document: Document | None, noise: ShapedNoise, solver: SdeSolver, scored: bool
) -> Drift:
    """The drift with the score or without."""
    if not scored and not has_score(flow, document, noise, solver.exact_score):
        return plain_drift(flow, document, noise, solver.steps)
    known = drift_of(flow, document, noise, solver.steps, solver.direction, solver.exact_score)
    return known if scored else PlainDrift(flow.velocity, known.bounds)


def _integrated(
    drift: Drift,
    flow: Field,
    noise: ShapedNoise,
    x: Tensor,
    dw: Tensor,
    solver: SdeSolver,
    condition: Tensor | None,
    *,
    chunk: int | None = None,
    **how: Any,
) -> Trajectory:
    """The paths along increments dw, on the flow's device."""
    device = getattr(flow, "device", torch.device("cpu"))
    return integrate_sde(
        drift,
        noise,
        x,
        dw,
        method=solver.method,
        until=solver.until,
        direction=solver.direction,
        chunk=chunk or rows(device),
        condition=None if condition is None else condition.to(device),
        **how,
    )


def _bundle(run: Trajectory, solver: SdeSolver, which: slice, facts: dict[str, Any]) -> Bundle:
    return Bundle(
        times=run.times.float().numpy(),
        points=run.points[:, which].float().cpu().contiguous().numpy(),
        method=solver.method,
        direction=solver.direction,
        evaluations=run.evaluations,
        **facts,
    )


_kept: LruCache[Tensor] = LruCache(2)


def _increments(n: int, solver: SdeSolver, seed: int) -> Tensor:
    """Brownian increments; the last ones stay, for other levels of the same noise."""
    steps = solver.steps
    if n * steps > _MOST_KEPT:
        dw = brownian_increments(n, steps, seed)
    else:
        dw = _kept.get((n, steps, seed), lambda: brownian_increments(n, steps, seed))
    return dw if solver.until == 1 else dw * math.sqrt(solver.until)
