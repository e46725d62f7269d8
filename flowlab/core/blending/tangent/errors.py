"""Errors of fields on a grid against the exact field."""

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
    """RMS error (T,) against the exact field, weighted by p_t, relative to that field's rms speed.

    v (M, 2) are the values at the M places where the exact field is known. NaN values don't count;
    the error is NaN at times where all values are.
    """
    return _rms(np.square(v - exact.v).sum(1), exact)


def noise(stderr: Floats, exact: Exact) -> Floats:
    """RMS error (T,) expected from sampling noise alone, given the standard errors (M,)."""
    return _rms(np.square(stderr), exact)


def angle(v: Floats, exact: Exact) -> Floats:
    """Median angle (T,) between values (M, 2) and the exact ones, weighted by p_t, in degrees."""
    (a, b), (c, d) = v.T, exact.v.T
    return _medians(np.degrees(np.arctan2(np.abs(a * d - b * c), a * c + b * d)), exact)


def noise_angle(stderr: Floats, exact: Exact) -> Floats:
    """Median angle (T,) expected from sampling noise alone, given the standard errors (M,).

    The error is taken as isotropic; its component across the field is what turns the field.
    """
    speed = np.maximum(np.hypot(*exact.v.T), 1e-30)
    return _medians(np.degrees(np.arctan(_MEDIAN / np.sqrt(2) * stderr / speed)), exact)


def _rms(square: Floats, exact: Exact) -> Floats:
    speed = exact.speed or np.nan
    return _each(lambda s, p: float(np.sqrt((p * s).sum() / p.sum())) / speed, square, exact)


def _medians(values: Floats, exact: Exact) -> Floats:
    return _each(_median, values, exact)


def _each(figure: Callable[[Floats, Floats], float], values: Floats, exact: Exact) -> Floats:
    """`figure` (T,) of the finite values and their densities at each time; NaN without any."""
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
