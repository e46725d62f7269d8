"""How long an evaluation takes in each lane, measured on this machine."""

from __future__ import annotations

import time
from functools import partial

from flowlab.core.stochastic.race.carrying import Carrier, carried_adaptively, carried_within
from flowlab.core.stochastic.race.results import ADAPTIVE

_EVALUATIONS, _RUNS = 32, 4
_LOOSE = 10.0  # a tolerance with which Dormand-Prince needs few steps


def cost_of(carrier: Carrier, method: str) -> float:
    """Milliseconds of an evaluation for all particles, with the work around it, on one thread.

    The fastest of a few short runs: others may have waited for something else.
    """
    run = partial(carried_within, carrier, method, _EVALUATIONS)
    if method == ADAPTIVE:
        run = partial(carried_adaptively, carrier, _LOOSE, 10 * _EVALUATIONS)  # type: ignore[assignment]
    run()  # warms caches, and draws the Brownian path
    return min(_timed(run) for _ in range(_RUNS))


def _timed(run: partial[object]) -> float:
    began = time.perf_counter()
    done = run()
    spent = getattr(done, "evaluations", 0) or _EVALUATIONS
    return 1000 * (time.perf_counter() - began) / spent
