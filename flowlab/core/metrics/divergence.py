"""The velocity of a field together with its divergence, exact if the field allows it."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import time_of
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
    (x, _), t = points_of(x), time_of(t)
    if isinstance(field, LearnedVelocity | ClassVelocity):
        return field.with_divergence(x, t)
    points = x.detach().requires_grad_()
    with torch.enable_grad():
        v = field.velocity(points, t)
        if not v.requires_grad:
            return v, _by_differences(field, x.detach(), t)
        (along_x,) = torch.autograd.grad(v[:, 0].sum(), points, retain_graph=True)
        (along_y,) = torch.autograd.grad(v[:, 1].sum(), points)
    return v.detach(), along_x[:, 0] + along_y[:, 1]


def _by_differences(field: Field, x: Tensor, t: float) -> Tensor:
    """Central differences, of second order, with a step tiny relative to the points' spread."""
    wide = x.double()
    finite = wide[wide.isfinite().all(1)]
    h = _STEP * max(1.0, float(finite.abs().max()) if len(finite) else 0.0)
    steps = h * torch.eye(2, dtype=torch.float64, device=x.device)
    rises = [
        (field.velocity(wide + step, t) - field.velocity(wide - step, t))[:, axis]
        for axis, step in enumerate(steps)
    ]
    return ((rises[0] + rises[1]) / (2 * h)).to(x)
