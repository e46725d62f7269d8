"""How much the log density has changed along the paths of the ODE: d log p_t(X_t)/dt = -div b."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.metrics.divergence import jacobian
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.solvers.threads import carrying_threads
from flowlab.core.stochastic.derivatives import difference_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.particle_values import ParticleValues, scale_of
from flowlab.core.views.request import PlanOptions

NAME = "change of log density since t = 0"
EVALUATIONS = 65  # of the divergence for each particle: both ends and the middle of 32 intervals
_ROWS = 8192  # particles at a time


def density_change(
    document: Document,
    flow: Field,
    bundle: Bundle,
    condition: Tensor | None,
    options: PlanOptions,
    progress: Callable[[float], None],
) -> ParticleValues:
    """log p_t(X_t) - log p_0(X_0) along the bundle's own paths, by Simpson's rule.

    Each particle of a conditional network has its class as `condition`. Raises `Cancelled`.
    """
    times = np.linspace(0.0, 1.0, EVALUATIONS)
    step, count = difference_of(document, flow), bundle.points.shape[1]
    rows = [slice(k, k + _ROWS) for k in range(0, count, _ROWS)]
    rates = np.empty((EVALUATIONS, count), np.float32)
    done: list[int] = []

    def compute(k: int) -> None:
        t, x = float(times[k]), torch.tensor(bundle.at(float(times[k])))
        for part in rows:
            if options.cancelled is not None and options.cancelled():
                raise Cancelled
            among = None if condition is None else condition[part]
            rates[k, part] = -_traces(flow, x[part].double(), t, among, step).numpy()
        done.append(k)
        progress(len(done) / EVALUATIONS)

    with carrying_threads(options.workers) as pool:
        list(pool.map(compute, range(EVALUATIONS)))
    values, error = integrated(rates)
    return ParticleValues(
        name=NAME,
        times=times[::2],
        values=values,
        rates=np.ascontiguousarray(rates[::2]),
        error=error,
        scale=scale_of(values),
    )


def _traces(field: Field, x: Tensor, t: float, condition: Tensor | None, step: float) -> Tensor:
    """The divergence (n,) at x, for each particle that of its class."""
    if condition is None or not isinstance(field, LearnedVelocity):
        _, j = jacobian(field, x, t, step)
        return j[:, 0, 0] + j[:, 1, 1]
    found = torch.empty(len(x), dtype=torch.float64)
    for k in field.classes:
        mine = condition == k
        found[mine] = _traces(field.for_class(k), x[mine], t, None, step).double()
    return found


def integrated(rates: Floats) -> tuple[Floats, float]:
    """Integrals (T, n) from 0 of rates (2 T - 1, n) at evenly spaced times, and their rms error.

    The error is the difference to the same rule with half as many times: a cautious estimate.
    """
    fine = _simpson(rates)
    away = np.square(fine[::2] - _simpson(rates[::2]))
    means = np.nanmean(np.where(np.isfinite(away), away, np.nan), 1) if away.size else np.zeros(1)
    return fine.astype(np.float32), float(np.sqrt(np.nanmax(means)))


def _simpson(rates: Floats) -> Floats:
    h = 2.0 / (len(rates) - 1)
    each = h / 6 * (rates[:-2:2].astype(float) + 4.0 * rates[1:-1:2] + rates[2::2])
    return np.concatenate([np.zeros((1, rates.shape[1])), np.cumsum(each, 0)])
