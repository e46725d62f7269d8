"""Churn: before each step of an ODE, particles are taken back in time by fresh noise.

Where x_t = a(t) x0 + b(t) x1, with x0 ~ N(m, C) independent of x1, and t' < t,

    x' = r x + sqrt(a(t')^2 - r^2 a(t)^2) L z,   r = b(t') / b(t),   L L^T = C,

of x less its mean a(t) m is distributed as x_t' less a(t') m, exactly: on all paths without
latent noise a falls and b grows, so that the root is real. For diffusion this is
algorithm 2 of Karras et al. 2022 (arXiv:2206.00364).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.interpolants.document_parameterization import known_source
from flowlab.core.interpolants.parameterization import Normal
from flowlab.core.interpolants.paths import Interpolant
from flowlab.core.learning.field import rows
from flowlab.core.solvers import ode
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.sde import Drift, Noise, integrate_sde
from flowlab.core.stochastic.drift import path_of
from flowlab.core.stochastic.noise import noise_of
from flowlab.core.stochastic.possible import NEEDS_GAUSSIAN, why_no_churn
from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True)
class Renoising:
    """Takes points of p_t to points of p_t' with t' < t, by fresh noise."""

    path: Interpolant
    source: Normal

    def __call__(self, x: Tensor, t: float, earlier: float, z: Tensor) -> Tensor:
        """The points (n, 2) at `earlier`, from x (n, 2) at t > 0 and standard normal z (n, 2)."""
        (a, b), (a_back, b_back) = self._weights(t), self._weights(earlier)
        ratio = b_back / b if b else 0.0  # a drawn b may be 0 for a while
        spread = math.sqrt(max(0.0, a_back**2 - (ratio * a) ** 2))
        mean, root = self.source.mean.to(x), torch.linalg.cholesky(self.source.cov).to(x)
        back: Tensor = ratio * (x - a * mean) + spread * (z.to(x) @ root.T) + a_back * mean
        return back

    def _weights(self, t: float) -> tuple[float, float]:
        at = torch.tensor(t, dtype=torch.float64)
        return float(self.path.alpha(at)), float(self.path.beta(at))


def renoising_of(document: Document) -> Renoising:
    """The renoising of a document; raises `Invalid` where there is none."""
    why, source = why_no_churn(document), known_source(document)
    if why or source is None:
        raise Invalid(why or NEEDS_GAUSSIAN)
    return Renoising(path_of(document), source)


def churned(
    step: ode.Stepper, renoise: Callable[[Tensor, float, float, Tensor], Tensor], share: float
) -> Callable[[Drift, Noise, Tensor, list[float], Tensor], Iterator[Tensor]]:
    """The solver that goes back by this share of each step before it takes it, as a stepper."""

    def stepper(
        velocity: Drift, _noise: Noise, x: Tensor, times: list[float], z: Tensor
    ) -> Iterator[Tensor]:
        yield x
        for (t, later), each in zip(pairwise(times), z, strict=True):
            back = max(0.0, t - share * (later - t))
            if back < t:
                x = renoise(x, t, back, each)
            *_, x = step(velocity, x, [back, later])
            yield x

    return stepper


def carried_with_churn(
    flow: Field,
    document: Document,
    x: Tensor,
    solver: Solver,
    share: float,
    *,
    condition: Tensor | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
) -> Bundle:
    """The paths of x (n, 2) by an ODE solver with churn, which has the ODE's marginals.

    Raises `Cancelled`, or `Invalid` where there is no churn: see `why_no_churn`.
    """
    n, steps, path = len(x), solver.steps, path_of(document)
    rng = numpy_rng(document.seed, Stream.CHURN)
    z = torch.from_numpy(rng.standard_normal((n, steps, 2), "float32")).transpose(0, 1)
    device = getattr(flow, "device", torch.device("cpu"))
    run = integrate_sde(
        flow.velocity,
        noise_of(0.0, "alpha", path),
        x,
        z,
        method=churned(ode.STEPPERS[solver.method], renoising_of(document), share),
        chunk=rows(device),
        condition=None if condition is None else condition.to(device),
        workers=workers,
        cancelled=cancelled,
    )
    return Bundle(
        times=run.times.float().numpy(),
        points=run.points.float().cpu().numpy(),
        method=solver.method,
        evaluations=run.evaluations,
    )
