"""Rows of similar heat times together: the number of terms depends on tau."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.domains.kernels.interfaces import Values


def rows_of_similar_tau(tau: Doubles, ratio: float) -> list[Ints]:
    """Rows whose tau are within that ratio, of each such class."""
    octave = np.round(np.log2(tau) / np.log2(ratio)).astype(int)
    return [np.flatnonzero(octave == k) for k in np.unique(octave)]


def by_similar_tau(
    values: Callable[[Doubles, Doubles, Doubles], Values],
    x: Doubles,
    x0: Doubles,
    tau: Doubles,
    ratio: float = 4.0,
) -> Values:
    """Density and score at rows of x, x0 (n, 2) or (1, 2) and tau, from those of each class."""
    density, score = np.empty(len(x)), np.empty_like(x)
    for rows in rows_of_similar_tau(tau, ratio):
        found = values(x[rows], x0 if len(x0) == 1 else x0[rows], tau[rows])
        density[rows], score[rows] = found.density, found.score
    return Values(density, score)
