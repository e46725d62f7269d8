"""Standard errors of means over samples whose times are drawn in strata.

Samples come in clusters, each of one time of its own; every stratum of [0, 1] has several clusters,
drawn independently. The spread between the clusters of a stratum is all the noise there is, of the
times as well as of the points, and what lies between strata is none (Cochran 1977, Sampling
Techniques, chapters 5 and 9).
"""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.core.estimates import Estimate


def ratio(
    values: Floats, weights: Floats, stratum: Ints, cluster: Ints, shape: tuple[int, int]
) -> Estimate:
    """sum of `values` / sum of `weights` over samples (n,), with its standard error.

    `stratum` and `cluster` (n,) say where a sample belongs, `shape` how many strata there are and
    how many clusters each has. NaN without samples; the error is NaN with one cluster a stratum.
    """
    where, size = stratum * shape[1] + cluster, shape[0] * shape[1]
    total = float(weights.sum())
    if not len(values) or total == 0:
        return Estimate(math.nan, math.nan, len(values))
    value = float(values.sum()) / total
    residuals = np.bincount(where, values - value * weights, size).reshape(shape)
    clusters = shape[1]
    if clusters < 2:
        return Estimate(value, math.nan, len(values))
    squares = np.square(residuals - residuals.mean(1, keepdims=True)).sum()
    variance = float(squares) * clusters / (clusters - 1)
    return Estimate(value, math.sqrt(variance) / abs(total), len(values))
