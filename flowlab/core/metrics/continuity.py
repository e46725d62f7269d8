"""The residual of the continuity equation dp/dt + div(p v) = 0."""

from __future__ import annotations

from collections.abc import Callable

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.document.arguments import is_number, time_of
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.metrics.likelihood import grid_points

Scalar = Callable[[Tensor, float], Tensor]  # (n, 2) and t to (n,)
Vector = Callable[[Tensor, float], Tensor]  # (n, 2) and t to (n, 2)

_STEP = 1e-4  # of the grid's extent
_DT = 1e-3


@objects_checked
def continuity_residual(
    density_fn: Scalar,
    velocity_fn: Vector,
    t: float,
    xs: ArrayLike | Tensor,
    ys: ArrayLike | Tensor,
    *,
    step: float | None = None,
    dt: float = _DT,
) -> float:
    """|dp/dt + div(p v)| / (|dp/dt| + |div(p v)|), norms over a grid of columns xs and rows ys.

    0 if the velocity transports the density, 1 if it transports it the opposite way. By central
    differences with `dt` (t stays inside [0, 1]) and `step`, a length that depends on the grid's
    extent, not its spacing; for an interpolated field use about its own cell size. Points with an
    undefined velocity count only where there is no density. Raises `Invalid` for a bad `t`, `dt` or
    `step`, or axes that are no grid.
    """
    points, (across, up) = grid_points(xs, ys)
    if not (is_number(dt, 0.0, 0.5) and dt > 0):
        raise Invalid(f"The step of time must lie between 0 and 0.5, not at {shown(dt)}.")
    if step is not None and not (is_number(step, 0.0) and step > 0):
        raise Invalid(f"The step in the plane must be a length of more than 0, not {shown(step)}.")
    extent = max(float(across[-1] - across[0]), float(up[-1] - up[0]))
    h = _STEP * extent if step is None else float(step)
    t = min(max(time_of(t), dt), 1 - dt)
    rate = (_density(density_fn, points, t + dt) - _density(density_fn, points, t - dt)) / (2 * dt)
    flux = torch.zeros_like(rate)
    for axis, shift in enumerate(h * torch.eye(2, dtype=torch.float64)):
        ahead = _flux(density_fn, velocity_fn, points + shift, t)[:, axis]
        flux += (ahead - _flux(density_fn, velocity_fn, points - shift, t)[:, axis]) / (2 * h)
    finite = rate.isfinite() & flux.isfinite()
    rate, flux = rate[finite], flux[finite]
    total = float(rate.norm() + flux.norm())
    return float((rate + flux).norm()) / total if total > 0 else 0.0


def _density(density_fn: Scalar, x: Tensor, t: float) -> Tensor:
    return torch.as_tensor(density_fn(x, t)).double()


def _flux(density_fn: Scalar, velocity_fn: Vector, x: Tensor, t: float) -> Tensor:
    """p v (n, 2): 0 where there is no density, whatever the velocity there."""
    p = _density(density_fn, x, t)[:, None]
    v = torch.as_tensor(velocity_fn(x, t)).double()
    return torch.where(p > 0, p * v, torch.where(p == 0, torch.zeros_like(v), p))
