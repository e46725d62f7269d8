"""The tolerance at which Dormand-Prince comes nearest below a budget of evaluations."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.stochastic.race.carrying import Carried, empty

STEPS = 8  # tolerances in a factor of ten
LOOSEST, FINEST = 8, -64  # of them from 1: tolerances from 10 to 1e-8
LEAST = 8  # evaluations: two to start, and six for a step


def carried_nearest(run: Callable[[int], Carried | None], evaluations: int) -> Carried:
    """The run that spends the most evaluations within the budget; without particles if none does.

    `run(k)` is that of the tolerance 10^(k / 8), or None above the budget. Evaluations grow as the
    tolerance falls, though not at every step, so that the tolerance is sought by halves.
    """
    best = run(LOOSEST) if evaluations >= LEAST else None
    if best is None:
        return Carried(empty(), 0, 0)
    within, above = LOOSEST, FINEST - 1
    while within - above > 1:
        middle = (within + above) // 2
        found = run(middle)
        if found is None:
            above = middle
            continue
        within, best = middle, max(best, found, key=lambda each: each.evaluations)
    return best


def tolerance_of(k: int) -> float:
    """The tolerance of that number."""
    return float(10 ** (k / STEPS))
