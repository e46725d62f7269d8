"""Group `harmonics`: numerical harmonics of walls, their time and their error."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.array_types import Doubles
from flowlab.core.domains import Domain, disc, kernel, polygon, square, triangle
from flowlab.core.domains.kernels.disc import disc_eigenvalues
from flowlab.core.domains.kernels.factory import numerical_kernel
from flowlab.core.domains.kernels.kernel import HeatKernel
from flowlab.core.domains.kernels.marginal import Marginal
from flowlab.core.solvers.threads import threads_used

_MODES, _FIRST = 200, 30
_FIRST_MODES = 30  # of a first picture
_GOALS = {64: (_FIRST_MODES, 0.3), 128: (_MODES, 1.5)}  # cells: modes, seconds
_BATCH, _POINTS, _LEVELS = 512, 5000, 200


def rows(effort: Effort) -> Rows:
    """Seconds until the harmonics are there, set-up included, of a disc drawn with 400 edges and a
    flower of 30; and the eigenvalues' error against the zeros of Bessel's slopes.

    Then what a room asks of kernels: pictures, scores of a batch, and tables of a marginal.
    """
    with threads_used(1):
        for name, ring in _rings().items():
            for cells, (modes, goal) in _GOALS.items():
                own = numerical_kernel((ring,), modes, cells)
                spans = [
                    _seconds(lambda: numerical_kernel((ring,), modes, cells))  # noqa: B023
                    for _ in range(effort.rounds)
                ]
                what = f"{name}: {modes} harmonics at {cells}^2"
                yield Row(what, median(spans), "s", at_most(goal))
                yield from _errors(name, own, cells)
            yield from _kernel_rows(name, own, polygon(ring), None)
        for name, domain in _exact().items():
            yield from _kernel_rows(name, kernel(domain), domain, 2.0)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _exact() -> dict[str, Domain]:
    return {"square": square(), "exact disc": disc(), "triangle": triangle()}


def _rings() -> dict[str, Doubles]:
    angle = 2 * np.pi * np.arange(400) / 400
    disc = np.stack([np.cos(angle), np.sin(angle)], 1)
    angle = 2 * np.pi * np.arange(30) / 30
    radius = 1 + 0.3 * np.cos(5 * angle)
    return {"disc": disc, "flower": np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)}


def _errors(name: str, own: HeatKernel, cells: int) -> Rows:
    if name != "disc":
        return
    exact = disc_eigenvalues(1.0, _FIRST)[1:]
    off = np.abs(own.eigenvalues.numpy()[1:_FIRST] / exact - 1).max()
    goal = at_most(0.3) if cells == max(_GOALS) else None
    yield Row(f"{name}: worst of the first 30 at {cells}^2", 100 * float(off), "%", goal)


def _kernel_rows(name: str, own: HeatKernel, domain: Domain, batch_goal: float | None) -> Rows:
    """Milliseconds of what a room asks, and how well both sums agree where they meet."""
    switch = math.sqrt(2 * own.switch / own.shape.area)
    yield Row(f"{name}: switch, sigma over the root of the area", switch)
    yield Row(f"{name}: mismatch there, mean", 100 * own.agreement.mean, "% of the peak")
    yield Row(f"{name}: mismatch there, greatest", 100 * own.mismatch, "% of the peak")
    x = domain.uniform(_POINTS, torch.Generator().manual_seed(0)).numpy()
    for what, share in (("images", 0.5), ("harmonics", 1.5)):
        span = _milliseconds(lambda: own.picture(x[0], own.switch * share))  # noqa: B023
        goal = at_most(50.0) if batch_goal else None
        yield Row(f"{name}: picture of 96^2 places by {what}", span, "ms", goal)
    yield Row(
        f"{name}: scores of {_BATCH} pairs below the switch", *_batch(own, domain, x, batch_goal)
    )
    yield from _marginal_rows(name, own, x)


def _batch(own: HeatKernel, domain: Domain, x0: Doubles, goal: float | None) -> Any:
    """Milliseconds for the scores of a batch, with sigma from a tenth of the switch's up to it."""
    rng = np.random.default_rng(0)
    sigma = math.sqrt(2 * own.switch) * np.exp(rng.uniform(math.log(0.1), 0, _BATCH))
    step = sigma[:, None] * rng.normal(size=(_BATCH, 2))
    x = domain.reflect(x0[:_BATCH], step).numpy()
    span = _milliseconds(lambda: own.score(x, x0[:_BATCH], sigma**2 / 2))
    return span, "ms", at_most(goal) if goal else None


def _marginal_rows(name: str, own: HeatKernel, x: Doubles) -> Rows:
    start = np.random.default_rng(0).uniform(size=(64, 64))
    taus = own.shape.area * np.geomspace(0.01, 1.5, _LEVELS) ** 2 / 2
    own.marginal(start, taus[0])
    tables: list[Marginal] = []
    span = _seconds(lambda: tables.extend(own.marginals(start, taus)))
    yield Row(f"{name}: tables of a marginal at {_LEVELS} times", span, "s")
    span = _milliseconds(lambda: tables[_LEVELS // 2].score(x))
    yield Row(f"{name}: its score at {_POINTS:,} points", span, "ms", at_most(5.0))


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    return 1e3 * median(_seconds(work) for _ in range(5))
