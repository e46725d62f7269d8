"""The score of a log density by differences."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.interfaces import Values

_STEP = 1e-6  # of sigma: curvature costs as much of 1 / sigma, and rounding less

LogDensity = Callable[[Doubles], Doubles]


def with_score(log_density: LogDensity, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
    """The density of that logarithm and its score, both at x (n, 2).

    That of the free Gaussian is known; differences are taken of what the walls add to it.
    """
    step, here = _STEP * sigma_of(tau), log_density(x)
    score: Doubles = (x0 - x) / (2 * tau[:, None])
    added = here - log_free(x, x0, tau)
    for i in (0, 1):
        ahead = x.copy()
        ahead[:, i] += step
        with np.errstate(invalid="ignore"):  # where nothing arrives there is no score
            score[:, i] += (log_density(ahead) - log_free(ahead, x0, tau) - added) / step
    return Values(np.exp(here), score)


def log_free(x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
    """Log density (n,) of Brownian motion without walls."""
    log: Doubles = -((x - x0) ** 2).sum(1) / (4 * tau) - np.log(4 * math.pi * tau)
    return log
