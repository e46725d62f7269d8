"""The score of a log density by central differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.interfaces import Values

_STEP = 1e-4  # of sigma: rounding and curvature are both below 1e-8 of 1 / sigma

LogDensity = Callable[[Doubles, Doubles, Doubles], Doubles]


def with_score(log_density: LogDensity, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
    """The density of that logarithm and its score, both at x (n, 2)."""
    step = _STEP * sigma_of(tau)
    score = np.empty_like(x)
    for i in (0, 1):
        shift = np.zeros_like(x)
        shift[:, i] = step
        ahead, back = (log_density(x + s * shift, x0, tau) for s in (1, -1))
        with np.errstate(invalid="ignore"):  # where nothing arrives there is no score
            score[:, i] = (ahead - back) / (2 * step)
    return Values(np.exp(log_density(x, x0, tau)), score)
