"""How long an evaluation takes in each lane, measured on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

from flowlab.core.stochastic.race.carrying import (
    Carried,
    Carrier,
    carried_adaptively,
    carried_within,
)
from flowlab.core.stochastic.race.results import ADAPTIVE

_EVALUATIONS, _RUNS = 32, 4
_LOOSE = 10.0  # a tolerance with which Dormand-Prince needs few steps


def cost_of(carrier: Carrier, method: str) -> float:
    """Milliseconds of an evaluation for all particles, with the work around it, on one thread.

    The fastest of a few short runs: others may have waited for something else.
    """

    def run() -> Carried | None:
        if method == ADAPTIVE:
            return carried_adaptively(carrier, _LOOSE, 10 * _EVALUATIONS)
        return carried_within(carrier, method, _EVALUATIONS)

    run()  # warms caches, and draws the Brownian path
    return min(_timed(run) for _ in range(_RUNS))


def _timed(run: Callable[[], Carried | None]) -> float:
    began = time.perf_counter()
    done = run()
    spent = _EVALUATIONS if done is None else done.evaluations
    return 1000 * (time.perf_counter() - began) / spent
