"""Group `harmonics`: numerical harmonics of walls, their time and their error."""

from __future__ import annotations

import math
import time
from statistics import median

import numpy as np

from flowlab.bench.effort import Effort
from flowlab.bench.machine import threads_used
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.disc import disc_eigenvalues
from flowlab.core.domains.kernels.factory import numerical_kernel
from flowlab.core.domains.kernels.kernel import HeatKernel

_MODES, _FIRST = 200, 30
_GOALS = {64: 0.3, 128: 1.5}  # seconds
_PLACES = 64  # a side of a picture


def rows(effort: Effort) -> Rows:
    """Seconds until 200 harmonics are there, set-up included, of a disc drawn with 400 edges and a
    flower of 30; and the eigenvalues' error against the zeros of Bessel's slopes.

    Then a picture of the kernel by 200 harmonics, and the switch to images with its mismatch.
    """
    with threads_used(1):
        for name, ring in _rings().items():
            for cells, goal in _GOALS.items():
                own = numerical_kernel((ring,), _MODES, cells)
                spans = [_seconds(ring, cells) for _ in range(effort.rounds)]
                yield Row(f"{name}: 200 harmonics at {cells}^2", median(spans), "s", at_most(goal))
                yield from _errors(name, own, cells)
            yield from _kernel_rows(name, own)


def _seconds(ring: Doubles, cells: int) -> float:
    start = time.perf_counter()
    numerical_kernel((ring,), _MODES, cells)
    return time.perf_counter() - start


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


def _kernel_rows(name: str, own: HeatKernel) -> Rows:
    x0, y0, x1, y1 = own.shape.bounds
    u = (np.arange(_PLACES) + 0.5) / _PLACES
    x = np.stack(np.meshgrid(x0 + u * (x1 - x0), y0 + u * (y1 - y0)), -1).reshape(-1, 2)
    start = x[own.shape.inside(x)][0]
    switch = math.sqrt(2 * own.switch / own.shape.area)
    yield Row(f"{name}: switch, sigma over the root of the area", switch)
    yield Row(f"{name}: mismatch there", 100 * own.mismatch, "% of the peak")
    for what, share in (("images", 0.5), ("harmonics", 1.5)):
        begun = time.perf_counter()
        own.density(x, start, own.switch * share)
        span = 1e3 * (time.perf_counter() - begun)
        yield Row(f"{name}: density at {_PLACES}^2 places by {what}", span, "ms")
