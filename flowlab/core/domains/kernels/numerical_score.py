"""The score of a log density by differences."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.interfaces import Values

_STEP = 1e-6  # of sigma: curvature costs as much of 1 / sigma, and rounding less

LogDensity = Callable[[Doubles, Doubles, Doubles], Doubles]  # at ends, starts and tau


def with_score(log_density: LogDensity, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
    """The density of that logarithm and its score, both at x (n, 2).

    That of the free Gaussian is known; differences are taken of what the walls add to it. The
    logarithm is asked once, for x and then the points ahead of them along either axis.
    """
    n, step = len(x), _STEP * sigma_of(tau)
    ends, starts, taus = (
        np.concatenate([part] * 3) for part in (x, np.broadcast_to(x0, x.shape), tau)
    )
    ends[n : 2 * n, 0] += step
    ends[2 * n :, 1] += step
    logs = log_density(ends, starts, taus)
    with np.errstate(invalid="ignore"):  # where nothing arrives there is no score
        added = (logs - log_free(ends, starts, taus)).reshape(3, n)
        slopes = (added[1:] - added[0]) / step
    return Values(np.exp(logs[:n]), (x0 - x) / (2 * tau[:, None]) + slopes.T)


def log_free(x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
    """Log density (n,) of Brownian motion without walls."""
    log: Doubles = -((x - x0) ** 2).sum(1) / (4 * tau) - np.log(4 * math.pi * tau)
    return log
