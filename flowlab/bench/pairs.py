"""Group `pairs`: what it takes to draw the pairs (x0, x1) that pass through a point."""

from __future__ import annotations

import time
from functools import partial
from statistics import median

import torch

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows
from flowlab.core.document.gallery import preset
from flowlab.core.exact import oracle_for
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.solvers.threads import threads_used

PRESETS = {"mixture": "eight_gaussians", "polygon": "triangle_to_square", "grid": "flow"}
SIZES = ((1, 256), (100, 100), (1000, 1))  # points, and draws at each of them
_T = 0.5


def rows(effort: Effort) -> Rows:
    """Median ms of one call of `oracle.pairs` at points of p_t, t = 0.5, on one thread."""
    with threads_used(1):
        for kind, name in PRESETS.items():
            oracle = oracle_for(preset(name))
            assert oracle is not None
            assert oracle.facts.kind == kind
            for points, draws in SIZES:
                spent = _milliseconds(oracle, points, draws, 5 if effort.quick else 25)
                subject = f"{name} ({kind})"
                yield Row(f"{points:,} x {draws:,}", spent, "ms", about="pairs", subject=subject)


def _milliseconds(oracle: Oracle, points: int, draws: int, runs: int) -> float:
    rng = torch.Generator().manual_seed(0)
    x = oracle.sample(torch.full((points,), _T), rng)
    draw = partial(oracle.pairs, x, _T, draws, rng)
    draw()  # the first one fills caches
    spans = []
    for _ in range(runs):
        start = time.perf_counter()
        draw()
        spans.append(1e3 * (time.perf_counter() - start))
    return median(spans)
