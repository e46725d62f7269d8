"""Characteristic curves of a velocity, and the density along them.

Along dX/dt = b(X, t) the continuity equation reads d/dt log rho_t(X_t) = -div b(X_t, t), so that
log rho_t(X_t) = log rho_0(X_0) - int_0^t div b(X_s, s) ds.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.metrics.divergence import divergence
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled

STEPS = 40  # of the classical Runge-Kutta method from t = 0 to 1
QUICK = 8  # of a quick answer; a divisor, so that it is evaluated at times that return


def curves_through(
    field: Field,
    points: Tensor,
    steps: int = STEPS,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The curves through `points` (n, 3), each x, y and the t at which its curve is there.

    Returns even times (T,), places (T, n, 2), and log rho_t(X_t) - log rho_0(X_0) (T, n), by
    Runge-Kutta steps of fourth order from each point to both ends, in float64. Raises `Cancelled`.
    """
    times = torch.linspace(0.0, 1.0, steps + 1, dtype=torch.float64)
    starts = points.double()
    state = torch.cat([starts[:, :2], torch.zeros_like(starts[:, :1])], 1)
    out = state.expand(len(times), -1, -1).clone()
    for order in (range(len(times)), reversed(range(len(times)))):
        _march(field, state, starts[:, 2], times, list(order), out, cancelled)
    return times, out[..., :2], out[..., 2] - out[0, :, 2]


def _march(
    field: Field,
    state: Tensor,
    begins: Tensor,
    times: Tensor,
    order: list[int],
    out: Tensor,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Carry all curves over the times in `order`, each from the time at which it begins."""
    sign = 1.0 if order[0] == 0 else -1.0
    state, now = state.clone(), begins.clone()  # the time at which each curve has arrived
    for k in order:
        if cancelled is not None and cancelled():
            raise Cancelled
        to = float(times[k])
        going = sign * (to - begins) >= 0
        for since in sorted(set(now[going].tolist())):
            these = going & (now == since)
            state[these] = _step(field, state[these], since, to)
        now[going] = to
        out[k, going] = state[going]


def _step(field: Field, state: Tensor, t: float, to: float) -> Tensor:
    """One step of the classical Runge-Kutta method for places and log density."""
    h = to - t
    if h == 0:
        return state
    k1 = _rate(field, state, t)
    k2 = _rate(field, state + h / 2 * k1, t + h / 2)
    k3 = _rate(field, state + h / 2 * k2, t + h / 2)
    k4 = _rate(field, state + h * k3, to)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def _rate(field: Field, state: Tensor, t: float) -> Tensor:
    """The velocity, and the rate -div b of the log density."""
    v, trace = divergence(field, state[:, :2], t)
    return torch.cat([v, -trace[:, None]], 1).double()
