"""How far fields on a grid are from the exact one."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent.exact import Exact

_MEDIAN = 0.6745  # of the absolute value of a standard normal number
_SORTED = 4000  # of more cells some are enough for a median


def distance(v: Floats, exact: Exact) -> Floats:
    """rms distance (T,) to the exact field, weighted by p_t, over that field's speed.

    Of values (M, 2) where the exact field is known; NaN among them don't count. NaN at times when
    there are no others.
    """
    return _rms(np.square(v - exact.v).sum(1), exact)


def noise(stderr: Floats, exact: Exact) -> Floats:
    """The same distance (T,) as standard errors (M,) let one expect it."""
    return _rms(np.square(stderr), exact)


def angle(v: Floats, exact: Exact) -> Floats:
    """Median angle (T,) between values (M, 2) and the exact ones, weighted by p_t, in degrees."""
    (a, b), (c, d) = v.T, exact.v.T
    return _medians(np.degrees(np.arctan2(np.abs(a * d - b * c), a * c + b * d)), exact)


def noise_angle(stderr: Floats, exact: Exact) -> Floats:
    """The same angle (T,) as standard errors (M,) let one expect it.

    Of an error that is as large along as across, the part across turns the field.
    """
    speed = np.maximum(np.hypot(*exact.v.T), 1e-30)
    return _medians(np.degrees(np.arctan(_MEDIAN / np.sqrt(2) * stderr / speed)), exact)


def _rms(square: Floats, exact: Exact) -> Floats:
    speed = exact.speed or np.nan
    return _each(lambda s, p: float(np.sqrt((p * s).sum() / p.sum())) / speed, square, exact)


def _medians(values: Floats, exact: Exact) -> Floats:
    return _each(_median, values, exact)


def _each(figure: Callable[[Floats, Floats], float], values: Floats, exact: Exact) -> Floats:
    """A figure (T,) of the finite values and their densities at each time."""
    figures = np.full(len(exact.ends) - 1, np.nan, np.float32)
    for k, (low, high) in enumerate(pairwise(exact.ends)):
        here, p = values[low:high], exact.p[low:high]
        finite = np.isfinite(here)
        if finite.any():
            figures[k] = figure(here[finite], p[finite])
    return figures


def _median(values: Floats, weights: Floats) -> float:
    every = math.ceil(len(values) / _SORTED)
    values, weights = values[::every], weights[::every]
    order = np.argsort(values)
    below = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order[np.searchsorted(below, below[-1] / 2)]])
