"""Particles carried by an SDE with the marginals of a flow, as a bundle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from flowlab.core.document.arguments import name_of, seed_of, whole
from flowlab.core.document.document import Document
from flowlab.core.learning.field import rows
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.sde import Drift, integrate_sde
from flowlab.core.stochastic.drift import drift_of, path_of
from flowlab.core.stochastic.noise import Shape, ShapedNoise, noise_of
from flowlab.core.stochastic.settings import EPS, SDE_METHODS, STEPS
from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, kw_only=True)
class SdeSolver:
    """How particles are carried by an SDE: eps(t) is `eps` times `eps_shape` (see `noise_of`)."""

    method: str = "euler_maruyama"
    steps: int = STEPS
    eps: float = EPS
    eps_shape: Shape = "alpha"
    direction: str = "forward"

    def __post_init__(self) -> None:
        """Raises `Invalid` for a method, a number of steps or a direction that cannot be."""
        name_of(self.method, SDE_METHODS, "method of an SDE")
        name_of(self.direction, ("forward", "reverse"), "direction")
        whole(self.steps, "The number of steps", 1, 1000)


def carried_by_sde(
    flow: Field,
    document: Document | None,
    x: Tensor,
    solver: SdeSolver,
    seed: int,
    *,
    condition: Tensor | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    **facts: Any,
) -> Bundle:
    """The paths of x (n, 2), with Brownian increments that the seed and the steps fix.

    Raises `Cancelled`, or `Invalid` where no score is known.
    """
    noise = noise_of(solver.eps, solver.eps_shape, path_of(document))
    drift = drift_of(flow, document, noise, solver.steps, solver.direction)
    return _integrated(drift, noise, flow, x, solver, seed, condition, cancelled, progress, facts)


def carried_by_noise(
    flow: Field,
    document: Document | None,
    x: Tensor,
    solver: SdeSolver,
    seed: int,
    *,
    condition: Tensor | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    **facts: Any,
) -> Bundle:
    """The same without the score term: dX = b dt + sqrt(2 eps) dW, which has other marginals."""
    noise = noise_of(solver.eps, solver.eps_shape, path_of(document))
    edge = getattr(flow, "edge", 0.0)

    def drift(x: Tensor, t: float, **given: Tensor) -> Tensor:
        return flow.velocity(x, min(max(t, edge), 1 - edge), **given)

    return _integrated(drift, noise, flow, x, solver, seed, condition, cancelled, progress, facts)


def _integrated(
    drift: Drift,
    noise: ShapedNoise,
    flow: Field,
    x: Tensor,
    solver: SdeSolver,
    seed: int,
    condition: Tensor | None,
    cancelled: Callable[[], bool] | None,
    progress: Callable[[float], None] | None,
    facts: dict[str, Any],
) -> Bundle:
    device = getattr(flow, "device", torch.device("cpu"))
    run = integrate_sde(
        drift,
        noise,
        x,
        brownian_increments(len(x), solver.steps, seed_of(seed)),
        method=solver.method,
        direction=solver.direction,
        chunk=rows(device),
        condition=None if condition is None else condition.to(device),
        cancelled=cancelled,
        progress=progress,
    )
    return Bundle(
        times=run.times.float().numpy(),
        points=run.points.float().cpu().numpy(),
        method=solver.method,
        direction=solver.direction,
        evaluations=run.evaluations,
        **facts,
    )
