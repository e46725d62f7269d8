"""Reading a curve of quality against seconds of training."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def marks(first: float, last: float, ratio: float) -> list[float]:
    """Checkpoints from `first` to `last` seconds, each about `ratio` times the one before."""
    if first >= last:
        return [last]
    count = max(1, round(math.log(last / first) / math.log(ratio)))
    return [float(mark) for mark in np.geomspace(first, last, count + 1)]


def first_time(seconds: Sequence[float], values: Sequence[float], bound: float) -> float | None:
    """Seconds of the first checkpoint at which `values` is within `bound`, as at the next one.

    So a single lucky checkpoint doesn't count, nor does the last one, which isn't confirmed. The
    result is a checkpoint: late by up to one spacing, never early.
    """
    within = np.asarray(values) <= bound
    held = np.flatnonzero(within[:-1] & within[1:])
    return float(seconds[held[0]]) if len(held) else None


def worst_relapse(values: Sequence[float], below: float = 2.0) -> float | None:
    """Largest ratio of a value to the best one before it, once that best one is within `below`.

    None if it never is, or no value follows.
    """
    best, worst = math.inf, None
    for value in values:
        if best <= below:
            worst = max(worst or 0.0, value / best)
        best = min(best, value)
    return worst


def median_or_none(values: Sequence[float | None]) -> float | None:
    """The median, None counting as longer than anything; between two values, the larger."""
    ordered = sorted(values, key=lambda value: math.inf if value is None else value)
    return ordered[len(ordered) // 2] if ordered else None


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Slope of log y against log x by least squares: 1 where cost is linear."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])
