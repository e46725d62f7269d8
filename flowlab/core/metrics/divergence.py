"""The velocity of a field together with its derivatives, exact if the field allows it."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import time_of
from flowlab.core.exact.extended import ExtendedField
from flowlab.core.learning.field import ClassVelocity, LearnedVelocity
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.solvers.field import Field

_STEP = 1e-5  # of differences, relative to the points' spread; float64 leaves ten digits


@objects_checked
def divergence(field: Field, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """Velocity (n, 2) and its divergence dv_x/dx + dv_y/dy (n,) at x (n, 2) and one t.

    Exact: forward mode through a network's layers, or two backward passes through any other torch
    field. A field that cannot be differentiated, as the oracles, is evaluated at four neighbours in
    float64. Raises `Invalid` for other points, or a time that isn't from 0 to 1.
    """
    v, derivatives = jacobian(field, x, t)
    return v, derivatives[:, 0, 0] + derivatives[:, 1, 1]


def jacobian(field: Field, x: Tensor, t: float, step: float = 0.0) -> tuple[Tensor, Tensor]:
    """Velocity (n, 2) and its Jacobian (n, 2, 2), dv_i/dx_j, as exact as `divergence`.

    Differences have the length `step`; 0 lets the points' spread decide. Raises `Invalid` as
    `divergence`.
    """
    (x, _), t = points_of(x), time_of(t)
    if isinstance(field, LearnedVelocity | ClassVelocity):
        return field.with_jacobian(x, t)
    if isinstance(field, ExtendedField):
        return _with_differences(field, x.detach(), t, step)
    points = x.detach().requires_grad_()
    with torch.enable_grad():
        v = field.velocity(points, t)
        if not v.requires_grad:
            return v, _by_differences(field, x.detach(), t, step)
        (first,) = torch.autograd.grad(v[:, 0].sum(), points, retain_graph=True)
        (second,) = torch.autograd.grad(v[:, 1].sum(), points)
    return v.detach(), torch.stack([first, second], 1)


def _with_differences(field: Field, x: Tensor, t: float, step: float) -> tuple[Tensor, Tensor]:
    """Velocity and differences, from one evaluation at all points and their neighbours."""
    moved, h = _neighbours(x, step)
    values = field.velocity(torch.cat([x.double(), moved]), t)
    return values[: len(x)].to(x), _differences(values[len(x) :], h).to(x)


def _by_differences(field: Field, x: Tensor, t: float, step: float) -> Tensor:
    """Central differences, of second order, with a step tiny relative to the points' spread."""
    moved, h = _neighbours(x, step)
    return _differences(field.velocity(moved, t), h).to(x)


def _neighbours(x: Tensor, step: float) -> tuple[Tensor, float]:
    """The four neighbours of each point, (4 n, 2) in float64, and how far away they are."""
    wide = x.double()
    finite = wide[wide.isfinite().all(1)]
    h = step or _STEP * max(1.0, float(finite.abs().max()) if len(finite) else 0.0)
    steps = h * torch.eye(2, dtype=torch.float64, device=x.device)
    return (wide + torch.cat([steps, -steps])[:, None]).reshape(-1, 2), h


def _differences(values: Tensor, h: float) -> Tensor:
    """dv_i/dx_j (n, 2, 2) from the velocities at the neighbours."""
    moved = values.reshape(2, 2, -1, 2)
    return (moved[0] - moved[1]).permute(1, 2, 0) / (2 * h)  # from (axis, n, 2)
