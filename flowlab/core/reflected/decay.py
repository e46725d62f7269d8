"""How fast particles between walls become uniform: their slowest tone, measured and expected.

Of any start, what is left of the slowest tone of the walls falls as e^(-lambda_1 tau), tau half the
variance of the noise, since dp/dtau = Laplacian p with no flux through the walls.
"""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.document.limits import Invalid
from flowlab.core.domains import Domain, kernel
from flowlab.core.reflected.results import Decaying

_MODES = 30  # few, since only the slowest count
_KNOTS = 33  # at which it is measured


def decay_of(domain: Domain, points: Floats, variance: Doubles) -> Decaying | None:
    """The size of the slowest tone along paths (K, n, 2), at variances (K,) of the added noise.

    Sizes are root mean squares of density / uniform - 1, when all else has decayed. None where no
    tone decays, as without particles.
    """
    if not points.shape[1]:
        return None
    heat = kernel(domain, _MODES)
    chosen = np.unique(np.linspace(0, len(points) - 1, _KNOTS).astype(int))
    try:
        found = [heat.decay(points[k].astype(np.float64)) for k in chosen]
    except Invalid:
        return None
    return Decaying(
        variance=variance[chosen],
        sizes=np.array([each.size for each in found]),
        rate=found[0].rate,
        noise=1 / math.sqrt(points.shape[1]),
    )
