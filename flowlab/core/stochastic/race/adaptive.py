"""The tolerance at which Dormand-Prince comes nearest below a budget of evaluations."""

from __future__ import annotations

import math
from collections.abc import Callable

from flowlab.core.stochastic.race.carrying import Carried, empty

STEPS = 8  # tolerances in a factor of ten
LOOSEST, FINEST = 8, -64  # of them from 1: tolerances from 10 to 1e-8
LEAST, STEP = 8, 6  # evaluations: two to start, and six for a step
ORDER = 5


def carried_nearest(run: Callable[[int], Carried | None], evaluations: int) -> Carried:
    """The run that spends the most evaluations within the budget; without particles if none does.

    `run(k)` is that of the tolerance 10^(k / 8), or None above the budget. Evaluations grow about
    as tolerance^(-1/5), which says where to look; it ends where no further step would fit, or
    between two neighbouring tolerances.
    """
    best = run(LOOSEST) if evaluations >= LEAST else None
    if best is None:
        return Carried(empty(), 0, 0)
    within, above = LOOSEST, FINEST - 1
    while within - above > 1 and best.evaluations + STEP <= evaluations:
        k = min(within - 1, max(above + 1, _expected(within, best.evaluations, evaluations)))
        found = run(k)
        if found is None:
            above = k
            continue
        within, best = k, max(best, found, key=lambda each: each.evaluations)
    return best


def _expected(k: int, spent: int, evaluations: int) -> int:
    """The number of the tolerance that spends about two thirds of a step less than the budget."""
    ratio = (evaluations - 4) / spent
    return k - max(1, round(ORDER * STEPS * math.log10(ratio))) if ratio > 1 else k - 1


def tolerance_of(k: int) -> float:
    """The tolerance of that number."""
    return float(10 ** (k / STEPS))
