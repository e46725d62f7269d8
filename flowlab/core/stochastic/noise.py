"""The level eps(t) of the noise in an SDE, and its integral over a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.arguments import is_number, rows_of
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.interpolants.paths import Interpolant
from flowlab.core.solvers.sde import Noise
from flowlab.core.stochastic.settings import EPS_SHAPES, MOST_EPS, default_shape

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_END = 1e-9  # a drawn curve reaches from 0 to 1 within this

Shape = str | Sequence[tuple[float, float]]
Function = Callable[[float], float]
Integral = Callable[[float, float], float]  # between two times


@dataclass(frozen=True)
class ShapedNoise(Noise):
    """Noise whose level is `eps` times a shape; `shape` is its name, "" for a drawn curve."""

    eps: float
    shape: str


def noise_of(eps: float, shape: Shape, path: Interpolant) -> ShapedNoise:
    """The noise of `eps` times a shape: one of `EPS_SHAPES`, or points (t, value) of a drawn curve.

    "alpha" is that of the path, as in the interpolants notebook; "gamma" the path's latent noise:
    only with these is the drift bounded for every target, and "auto" is the one that the path has.
    "sine" is sin^2(pi t). Raises `Invalid`.
    """
    if isinstance(shape, str) and shape == "auto":
        shape = default_shape(path.noisy)
    if not is_number(eps, 0.0, MOST_EPS):
        raise Invalid(f"eps, the level of noise, must be from 0 to {MOST_EPS:g}, not {shown(eps)}.")
    part, integral = _shape(shape, path)
    value = float(eps)
    return ShapedNoise(
        level=lambda t: value * part(t),
        between=lambda t, u: value * integral(t, u),
        eps=value,
        shape=shape if isinstance(shape, str) else "",
    )


def _shape(shape: Shape, path: Interpolant) -> tuple[Function, Integral]:
    """A shape and its integral between two times."""
    if not isinstance(shape, str):
        return _drawn(*_curve(shape))
    part = _named(shape, path)
    return part, lambda t, u: _integral(part, t, u)


@lru_cache(maxsize=16)
def _named(shape: str, path: Interpolant) -> Function:
    """One of `EPS_SHAPES`, which remembers its values: another eps asks for them again."""
    if shape == "gamma" and not path.noisy:
        raise Invalid(
            f"The level {EPS_SHAPES['gamma']} (gamma) needs a path with latent noise: choose one, "
            f"or {EPS_SHAPES['alpha']} (alpha)."
        )
    known: dict[str, Function] = {
        "alpha": lambda t: float(path.alpha(t)),  # type: ignore[arg-type]
        "constant": lambda _t: 1.0,
        "sine": lambda t: math.sin(math.pi * t) ** 2,
        "gamma": lambda t: float(path.gamma(t)),  # type: ignore[arg-type]
    }
    if shape not in known:
        raise Invalid(
            f"There is no eps_shape {shown(shape)}: it is one of {', '.join(EPS_SHAPES)}."
        )
    return lru_cache(maxsize=4096)(known[shape])


def _drawn(times: Floats, values: Floats) -> tuple[Function, Integral]:
    """A curve of straight lines, and its integral, which is exact across its corners too."""
    areas = np.concatenate([[0.0], np.cumsum(np.diff(times) * (values[1:] + values[:-1]) / 2)])

    def level(t: float) -> float:
        return float(np.interp(t, times, values))

    def until(t: float) -> float:
        k = min(max(int(np.searchsorted(times, t)) - 1, 0), len(times) - 2)
        return float(areas[k]) + (t - float(times[k])) * (float(values[k]) + level(t)) / 2

    return level, lambda t, u: until(u) - until(t)


def _curve(points: Any) -> tuple[Floats, Floats]:
    """Times and values of a drawn curve; raises `Invalid` unless it is one over [0, 1]."""
    name = "eps_shape, if not one of the names,"
    curve: Floats = np.array(rows_of(points, 2, name), float).reshape(-1, 2)
    t, values = curve.T
    ascends = len(t) > 1 and bool((np.diff(t) > 0).all())
    reaches = ascends and abs(t[0]) <= _END and abs(t[-1] - 1) <= _END
    if not (reaches and bool(np.isfinite(values).all()) and bool((values >= 0).all())):
        raise Invalid(
            f"{name} must be points (t, value) with t ascending from 0 to 1 and no value below 0."
        )
    return t, values


def _integral(shape: Function, t: float, u: float) -> float:
    """The integral from t to u by the rule of Gauss and Legendre."""
    middle, half = (t + u) / 2, (u - t) / 2
    values = [shape(middle + half * node) for node in _NODES]
    return half * float(_WEIGHTS @ values)
