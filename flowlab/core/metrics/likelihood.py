"""The likelihood of points under a flow, by the instantaneous change of variables."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.distributions.checks import points_of, tensor_of
from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.arguments import time_of, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.solver import METHODS
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.metrics.divergence import divergence
from flowlab.core.solvers.dopri5 import dopri5
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import STEPPERS, Cancelled

STEPS = 64
_AT_ONCE = 8192  # points
_TOLERANCE = 1e-6  # of Dormand-Prince


@dataclass(frozen=True, eq=False)
class LikelihoodMap:
    """Log density (H, W) of a flow on a grid, and the density's integral over the grid."""

    log_density: Tensor
    integral: float


@objects_checked
def log_likelihood(
    field: Field,
    source_distribution: Distribution,
    x: ArrayLike | Tensor,
    *,
    steps: int = STEPS,
    method: str = "rk4",
    t: float = 1.0,
    cancelled: Callable[[], bool] | None = None,
) -> Tensor:
    """Natural logarithm (n,) float64 of the density at x (n, 2) of the flow at time t.

    log p_t(x) = log p_0(X_0) - int_0^t div v(X_s, s) ds along the trajectory that ends at x, solved
    from t to 0 with the exact trace (Chen et al. 2018, arXiv:1806.07366, equation 8); -inf if it
    starts off the source's support, or diverges; NaN at NaN. Raises `Invalid` if the source's
    density is unknown or an argument is out of range, `Cancelled` as soon as `cancelled()` is True.
    """
    points = points_of(x)[0].double()
    t = _check(source_distribution, steps, method, t)

    def flow(state: Tensor, s: float) -> Tensor:
        """The velocity, and beside it the divergence, whose integral is the third component."""
        if cancelled is not None and cancelled():
            raise Cancelled
        v, trace = divergence(field, state[:, :2], s)
        return torch.cat([v, trace[:, None]], 1)

    parts = []
    for part in torch.split(points, _AT_ONCE):
        end = _last(flow, torch.cat([part, torch.zeros_like(part[:, :1])], 1), method, steps, t)
        parts.append(_log_source(source_distribution, end[:, :2]) + end[:, 2])
    logs = torch.cat(parts) if parts else points[:, 0]
    return logs.nan_to_num(-math.inf, math.inf, -math.inf).masked_fill(
        points.isnan().any(1), math.nan
    )


def _check(source: Distribution, steps: int, method: str, t: float) -> float:
    if not source.has_log_prob:
        raise Invalid("The likelihood needs the source's density, which is not known here.")
    whole(steps, "Steps")
    if not isinstance(method, str) or method not in METHODS:
        raise Invalid(f"There is no solver {shown(method)}; try {', '.join(METHODS)}.")
    return time_of(t)


def _last(
    flow: Callable[[Tensor, float], Tensor], state: Tensor, method: str, steps: int, t: float
) -> Tensor:
    """The state at time 0, integrated from time t."""
    if t == 0:
        return state
    if method == "dopri5":
        *_, (_, state, _) = dopri5(flow, state, t, 0.0, _TOLERANCE, _TOLERANCE)
        return state
    times = [t * (1 - i / steps) for i in range(steps + 1)]
    *_, state = STEPPERS[method](flow, state, times)
    return state


def _log_source(source: Distribution, x0: Tensor) -> Tensor:
    """Log density of the source; NaN where a trajectory was lost."""
    lost = ~x0.isfinite().all(1)
    logs = source.log_prob(x0.masked_fill(lost[:, None], 0.0)).double()
    return logs.masked_fill(lost, math.nan)


@objects_checked
def likelihood_map(
    field: Field,
    source: Distribution,
    xs: ArrayLike | Tensor,
    ys: ArrayLike | Tensor,
    *,
    steps: int = STEPS,
    method: str = "rk4",
    t: float = 1.0,
    cancelled: Callable[[], bool] | None = None,
) -> LikelihoodMap:
    """Log density of the flow at time t on the grid of ascending columns xs (W,), rows ys (H,).

    The integral (trapezoidal rule) is 1 if the grid holds the mass and resolves it; a wrong trace,
    too few steps or too small a grid show in it. Raises `Invalid` and `Cancelled` as
    `log_likelihood`.
    """
    points, (across, up) = grid_points(xs, ys)
    logs = log_likelihood(
        field, source, points, steps=steps, method=method, t=t, cancelled=cancelled
    ).reshape(len(up), len(across))
    rows = torch.trapezoid(logs.exp(), across, dim=1)
    return LikelihoodMap(logs, float(torch.trapezoid(rows, up)))


def grid_points(
    xs: ArrayLike | Tensor, ys: ArrayLike | Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The points (H W, 2) of a grid, row by row, and its axes in float64; raises `Invalid`."""
    try:
        axes = [tensor_of(axis, "An axis").double() for axis in (xs, ys)]
    except Invalid:
        raise Invalid("The columns and rows of a grid must be numbers.") from None
    for axis in axes:
        rises = axis.ndim == 1 and len(axis) > 1 and bool((axis.diff() > 0).all())
        if not rises or not bool(axis.isfinite().all()):
            raise Invalid(
                "A grid needs at least two columns and two rows, finite and in ascending order."
            )
    across, up = axes
    y, x = torch.meshgrid(up, across, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2), (across, up)
