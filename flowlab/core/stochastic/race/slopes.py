"""Errors against the length of the steps, and their slopes on logarithmic axes; no torch."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate
from flowlab.core.stochastic.race.results import Order

MEASURES = ("rms", "mean", "weak")
_GROUPS = 10  # of particles, each left out once, for the standard errors
_SURE = 3.0  # standard errors by which an error must differ from 0 to be fitted
_LEAST = 3  # errors in a fit

Of = Callable[[Floats, Floats], Floats]  # distances and changes (K, n) -> errors (K,)

_MEASURE: dict[str, Of] = {
    "rms": lambda distance, _change: np.sqrt(np.square(distance).mean(1)),
    "mean": lambda distance, _change: distance.mean(1),
    "weak": lambda _distance, change: np.abs(change.mean(1)),
}


def order_of(method: str, h: Floats, ends: Floats, fine: Floats, rounding: float) -> Order:
    """The errors of the ends (K, n, 2) of paths with steps h, against those of the finest (n, 2).

    The weak error is the change of E|x|^2 on the same noise, so that most of chance cancels.
    `rounding` is the relative error below which differences mean nothing.
    """
    distance = np.linalg.norm(ends - fine, axis=2)
    change = np.square(ends).sum(2) - np.square(fine).sum(1)
    size = math.sqrt(float(np.square(fine).sum(1).mean()))
    least = {"rms": rounding * size, "mean": rounding * size, "weak": rounding * size**2}
    values, errors, slopes = dict[str, Floats](), dict[str, Floats](), dict[str, Estimate | None]()
    for name in MEASURES:
        values[name], left_out = _jackknife(_MEASURE[name], distance, change)
        errors[name] = _deviation(left_out)
        sure = (values[name] > _SURE * errors[name]) & (values[name] > least[name])
        slopes[name] = _slope(h, values[name], left_out, sure)
    return Order(method=method, h=h, values=values, errors=errors, slopes=slopes)


def _jackknife(of: Of, distance: Floats, change: Floats) -> tuple[Floats, Floats]:
    """Errors (K,), and the same (groups, K) with a tenth of the particles left out."""
    group = np.arange(distance.shape[1]) % _GROUPS
    kept = [group != g for g in range(_GROUPS)]
    return of(distance, change), np.stack([of(distance[:, k], change[:, k]) for k in kept])


def _deviation(left_out: Floats) -> Floats:
    """The standard error of each column, from its values with each group left out."""
    deviation: Floats = math.sqrt(_GROUPS - 1) * left_out.std(0)
    return deviation


def _slope(h: Floats, values: Floats, left_out: Floats, sure: NDArray[np.bool_]) -> Estimate | None:
    """The slope of the errors that are sure; its standard error of chance and of curvature."""
    if int(sure.sum()) < _LEAST or not bool((left_out[:, sure] > 0).all()):
        return None
    x, y = np.log(h[sure]), np.log(values[sure])
    slope, curvature = _line(x, y)
    chance = _deviation(np.array([[_line(x, np.log(row[sure]))[0]] for row in left_out]))
    return Estimate(slope, math.hypot(float(chance[0]), curvature), int(sure.sum()))


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """The slope of the line of least squares, and its standard error from the residuals."""
    x = x - x.mean()
    square = float(x @ x)
    slope = float(x @ y) / square
    residual = y - y.mean() - slope * x
    return slope, math.sqrt(float(residual @ residual) / max(1, len(x) - 2) / square)
