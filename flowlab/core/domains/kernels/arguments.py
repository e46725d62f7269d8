"""Checks of a kernel's arguments, which become float64 arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import is_number, numbers_of, plain_number, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.domains.kernels.interfaces import Shape

MOST_MODES = 2000
_LEAST_TAU, _MOST_TAU = 1e-12, 1e12


def modes_of(modes: Any) -> int:
    """The number of harmonics; raises `Invalid` unless it is a whole number in range."""
    return whole(modes, "The number of modes", 1, MOST_MODES)


def tau_of(tau: Any) -> float:
    """One heat time as a float; raises `Invalid` unless it is a number greater than 0."""
    value = plain_number(tau)
    if not is_number(value, _LEAST_TAU, _MOST_TAU):
        raise Invalid(
            f"The heat time tau = sigma^2 / 2 must be a number from {_LEAST_TAU:g} to "
            f"{_MOST_TAU:g}, not {shown(tau)}."
        )
    return float(value)


def taus_of(tau: Any, n: int) -> Doubles:
    """Heat times (n,), given as one number or one for each point; raises `Invalid`."""
    if getattr(tau, "shape", None) == () or not hasattr(tau, "__len__"):
        return np.full(n, tau_of(tau))
    taus = numbers_of(tau, "The heat times tau").astype(np.float64)
    if taus.shape not in ((1,), (n,)):
        raise Invalid(f"tau must be one number, or one for each of {n} points, not {shown(tau)}.")
    for end in taus[[taus.argmin(), taus.argmax()]] if taus.size else ():
        tau_of(float(end))  # of NaN, both are NaN
    return np.broadcast_to(taus, (n,))


def times_of(taus: Any) -> Doubles:
    """Heat times (k,), at least one; raises `Invalid`."""
    times = numbers_of(taus, "The heat times").astype(np.float64).reshape(-1)
    if not len(times):
        raise Invalid("Marginals need at least one heat time.")
    return taus_of(times, len(times))


def start_of(x0: Any, shape: Shape) -> Doubles:
    """One start (1, 2) within the walls; raises `Invalid`."""
    start = _starts_of(x0, 1)
    if not shape.inside(start).all():
        raise Invalid("The start x0 lies outside the walls.")
    return start


def pairs_of(x: Any, x0: Any, tau: Any, shape: Shape) -> tuple[Doubles, Doubles, Doubles, Tensor]:
    """Points (n, 2), starts (n, 2) or (1, 2) within the walls, heat times (n,), and an empty
    tensor of the dtype and device of the result; raises `Invalid`.
    """
    points, like = points_of(x)
    starts = _starts_of(x0, len(points))
    out = int((~shape.inside(starts)).sum())
    if out:
        raise Invalid(
            f"Every x0 must lie within the walls: {out:,} of {len(starts):,} points don't."
        )
    n = len(points)
    return points.double().cpu().numpy(), starts, taus_of(tau, n), like


def _starts_of(x0: Any, n: int) -> Doubles:
    """Starts (n, 2) or (1, 2); one point may also be given as (2,)."""
    starts = numbers_of(x0, "The starts x0").astype(np.float64)
    starts = starts[None] if starts.shape == (2,) else starts
    if starts.shape not in ((1, 2), (n, 2)):
        raise Invalid(
            f"x0 must be one point, or one for each of {n} points, (n, 2), not {shown(x0)}."
        )
    return starts


def sigma_of(tau: float | Doubles) -> Any:
    """The standard deviation of free Brownian motion at heat time tau."""
    return math.sqrt(2 * tau) if isinstance(tau, float) else np.sqrt(2 * tau)


def peak(tau: float, area: float) -> float:
    """The density that errors are a share of: the free Gaussian's peak, at least the uniform."""
    return max(1 / (4 * math.pi * tau), 1 / area)
