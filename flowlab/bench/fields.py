"""Group `fields`: what the exact field of two shapes costs, and how exact the grid one is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
import torch
from torch import Tensor

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Drawing, Gaussian, Points, Polygon, Stroke, Text
from flowlab.core.exact import oracle_for
from flowlab.core.exact.cell_masses import masses_of
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.polygon import PolygonOracle
from flowlab.core.interpolants.paths import LINEAR
from flowlab.core.solvers.threads import threads_used

TRIANGLE = Polygon(vertices=((-3.0, -1.0), (-1.0, -1.5), (-1.5, 1.0)))
SQUARE = Polygon(vertices=((0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)))
BENT = Polygon()  # the built-in one is not convex
_ARC = np.column_stack([np.linspace(-3, 3, 40), np.sin(np.linspace(-3, 3, 40)), np.ones(40)])
_HALF = 0.5  # the t of single fields
_MANY = 64
_WIDE, _NARROW = 128, 64  # places a side


def rows(effort: Effort) -> Rows:
    """Fields of density and velocity at t = 0.5 on regular grids over the support, on one thread.

    Times are medians of whole fields, none of which was asked for before; the ends are binned
    once, which has a row of its own. Angles are between the grid's velocity and that of exact
    polygons, a triangle and a square, at every place where both are known.
    """
    with threads_used(1):
        yield from _grids(effort)
        yield from _angles()
        yield from _others(effort)


def _grids(effort: Effort) -> Iterator[Row]:
    ends = build(Drawing(strokes=(Stroke(path=Array(_ARC), size=0.8),))), build(Text(text="flow"))
    masses_of.cache_clear()
    start = time.perf_counter()
    oracle = GridOracle.of(*ends, LINEAR)
    yield Row("drawing to text: both ends binned", 1e3 * (time.perf_counter() - start), "ms")
    xs, ys = _ticks(oracle, _WIDE)
    oracle.field(_HALF, xs, ys)  # warm
    moments = np.linspace(0.3, 0.7, 3 + 2 * effort.rounds)
    spans = [_seconds(lambda t=float(t): oracle.field(t, xs, ys)) for t in moments]  # type: ignore[misc]
    yield Row("drawing to text: 128^2, one t", 1e3 * median(spans), "ms", at_most(10.0))
    for side, goal in ((_WIDE, 0.5), (_NARROW, None)):
        spans = [_seconds(lambda n=side: _all(ends, n)) for _ in range(effort.rounds)]  # type: ignore[misc]
        name = f"drawing to text: {side}^2, {_MANY} times"
        yield Row(name, median(spans), "s", None if goal is None else at_most(goal))


def _all(ends: tuple[object, object], side: int) -> None:
    oracle = GridOracle.of(*ends, LINEAR)  # type: ignore[arg-type]
    xs, ys = _ticks(oracle, side)
    for t in np.linspace(0, 1, _MANY):
        oracle.field(float(t), xs, ys)


def _angles() -> Iterator[Row]:
    oracle, exact = GridOracle.of(build(TRIANGLE), build(SQUARE), LINEAR), _polygons(SQUARE)
    for t in (0.2, _HALF, 0.8):
        off = direction_errors(oracle, exact, t)
        goal = at_most(0.05)
        yield Row(f"angle to exact polygons at t = {t:g}, median", float(off.median()), "°", goal)
        yield Row(f"angle to exact polygons at t = {t:g}, p95", float(off.quantile(0.95)), "°")


def direction_errors(oracle: GridOracle, exact: PolygonOracle, t: float) -> Tensor:
    """Degrees between both velocities at the places of a 128^2 grid where both are known."""
    xs, ys = _ticks(oracle, _WIDE, t)
    ours = oracle.field(t, xs, ys)[1].reshape(-1, 2)
    known = exact.velocity(_places(xs, ys), t)
    both = (ours.isfinite() & known.isfinite()).all(1)
    (a, b), (c, d) = ours[both].unbind(1), known[both].unbind(1)
    return torch.atan2((a * d - b * c).abs(), a * c + b * d).rad2deg()


def _others(effort: Effort) -> Iterator[Row]:
    points = np.random.default_rng(0).normal(size=(2000, 2))
    cloud = oracle_for(Document(source=Gaussian(), target=Points(points=Array(points), noise=0.0)))
    cases = {
        "triangle to square": _polygons(SQUARE),
        "triangle to a polygon that is not convex": _polygons(BENT),
        "Gaussian to 2,000 points": cloud,
    }
    for name, oracle in cases.items():
        if oracle is None:
            continue
        places = _places(*_ticks(oracle, _NARROW))
        oracle.velocity(places, _HALF)  # warm
        spans = [
            _seconds(lambda o=oracle, x=places: o.velocity(x, _HALF))  # type: ignore[misc]
            for _ in range(effort.rounds)
        ]
        yield Row(f"{name}: 64^2, one t", 1e3 * median(spans), "ms", at_most(60.0))


def _polygons(target: Polygon) -> PolygonOracle:
    oracle = PolygonOracle.of(TRIANGLE, target, LINEAR)
    assert oracle is not None
    return oracle


def _ticks(oracle: object, side: int, t: float = _HALF) -> tuple[Tensor, Tensor]:
    """Ticks that span x_t."""
    x = oracle.sample(torch.full((2000,), t), torch.Generator().manual_seed(0))  # type: ignore[attr-defined]
    low, high = x.amin(0), x.amax(0)
    u = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    return low[0] + u * (high[0] - low[0]), low[1] + u * (high[1] - low[1])


def _places(xs: Tensor, ys: Tensor) -> Tensor:
    return torch.stack(torch.meshgrid(xs, ys, indexing="xy"), -1).reshape(-1, 2)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
