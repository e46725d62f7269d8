"""Group `walls`: what it costs to reflect particles at the walls of a domain."""

from __future__ import annotations

import math
import time

import torch

from flowlab.bench.effort import Effort
from flowlab.bench.report import Goal, Row, Rows, at_most
from flowlab.core import domains

PARTICLES = 100_000
_SHARES = {0.02: at_most(15.0), 0.1: at_most(50.0), 0.3: None}  # of the radius: ms of CPU


def rows(effort: Effort) -> Rows:
    """CPU ms of one reflected Gaussian step of 100,000 uniform particles, the least of several.

    In a star of 30 edges that isn't convex, for three standard deviations of the step; then in the
    square, by folding, and in the disc, by turning chords.
    """
    repeats = 3 * effort.rounds
    star = domains.polygon(_star(30))
    first = _least_ms(star, torch.zeros(1, 2), torch.ones(1, 2), 1)
    yield Row("walls, 30 edges: getting ready", first, "ms")
    for share, goal in _SHARES.items():
        yield _row("30 edges", star, share, repeats, goal)
    yield _row("square", domains.square(2.0), 0.1, repeats)
    yield _row("disc", domains.disc(), 0.1, repeats)


def _row(
    name: str, domain: domains.Domain, share: float, repeats: int, goal: Goal | None = None
) -> Row:
    rng = torch.Generator().manual_seed(0)
    x = domain.uniform(PARTICLES, rng)
    step = share * torch.randn(PARTICLES, 2, dtype=torch.float64, generator=rng)
    bounces = f"{int(domain.bounces(x, step).sum()):,} bounces"
    title = f"walls, {name}, steps of {100 * share:g} % of the radius"
    return Row(title, _least_ms(domain, x, step, repeats), "ms", goal, bounces)


def _least_ms(domain: domains.Domain, x: torch.Tensor, step: torch.Tensor, repeats: int) -> float:
    """The least CPU time of so many calls: what else the machine does isn't counted."""
    times = list[float]()
    for _ in range(repeats):
        start = time.process_time()
        domain.reflect(x, step)
        times.append(time.process_time() - start)
    return 1000 * min(times)


def _star(edges: int) -> list[tuple[float, float]]:
    """Corners by turns far from the centre and near it."""
    turns = [(2 * math.pi * k / edges, (0.55, 1.0)[k % 2]) for k in range(edges)]
    return [(r * math.cos(a), r * math.sin(a)) for a, r in turns]
