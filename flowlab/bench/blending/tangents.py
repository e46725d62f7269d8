"""Group `tangents`: the tangent field averaged on a grid, the article's way and ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_least, at_most
from flowlab.core.array_types import Floats
from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent.averages import convolved, direct
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.blending.tangent.draws import Binned, Draws, Scattered
from flowlab.core.blending.tangent.estimate import coefficients_of, columns_of
from flowlab.core.blending.tangent.plan import tangent_field
from flowlab.core.blending.tangent.results import tangents_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Polygon
from flowlab.core.exact.polygon import PolygonOracle
from flowlab.core.interpolants.paths import LINEAR
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.request import PlanOptions
from flowlab.run import train

TRIANGLE = Polygon(vertices=((0.05, 0.1), (0.45, 0.05), (0.3, 0.5)))  # nothing is negative,
SQUARE = Polygon(vertices=((0.55, 0.5), (0.95, 0.5), (0.95, 0.9), (0.55, 0.9)))  # or it would fail
_SIDE = 128
_FEW, _MANY = 2_000, 1_000_000  # samples of each end
_ALPHAS = np.linspace(0, 1, 64)
_HALF = 0.5


def articles_field(alpha: float, x0: Floats, x1: Floats, cells: int) -> Floats:
    """The article's estimator (W, H, 2), rewritten: directions only, zero in empty cells.

    All pairs of x0 (n, 2) and x1 (m, 2) are blended at once and averaged by cells 1 / `cells` wide
    that begin at zero; negative coordinates have no cell and raise ValueError.
    """
    furthest = np.maximum(x0.max(0), x1.max(0))
    width, height = (furthest * cells).astype(int) + 1
    blend = (1.0 - alpha) * x0[:, None] + alpha * x1[None]
    steps = (x1[None] - x0[:, None]).reshape(-1, 2)
    cell = np.ravel_multi_index((blend * cells).reshape(-1, 2).astype(int).T, (width, height))
    count = np.bincount(cell, minlength=width * height)
    sums = [np.bincount(cell, steps[:, i], width * height) for i in (0, 1)]
    mean = np.stack(sums, 1) / np.maximum(count, 1)[:, None]
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    field: Floats = np.divide(mean, length, out=np.zeros_like(mean), where=length > 0)
    return field.reshape(width, height, 2)


@dataclass(frozen=True)
class _Way:
    """One estimator: the field (H, W, 2) at an alpha."""

    subject: str
    at: Callable[[float], Floats]


def rows(effort: Effort) -> Rows:
    """D(x, alpha) from a triangle to a square, both within the unit square, on one thread.

    Errors are angles to the exact field of the two polygons at alpha = 0.5, at the middle of every
    cell where both are known. Times are medians of whole fields of 128 x 128 cells, taken in turn;
    drawing the samples is in none of them. Ours has counts and magnitudes, and where it says so
    standard errors; a million samples are binned once, which has a row of its own, and is part of
    what all alphas take.
    """
    with threads_used(1):
        rng = torch.Generator().manual_seed(0)
        drawn = [build(shape).sample(_MANY, rng) for shape in (TRIANGLE, SQUARE)]
        many = tuple(columns_of(x) for x in drawn)
        few = tuple(columns_of(x[:_FEW]) for x in drawn)
        yield from _fields(effort, few, many)
        yield from _plan(effort)


def _fields(effort: Effort, few: tuple[Floats, ...], many: tuple[Floats, ...]) -> Iterator[Row]:
    grid = Cells(0.0, 0.0, 1 / _SIDE, _SIDE, _SIDE)
    began = time.perf_counter()
    binned = Binned.of(many[0], 256), Binned.of(many[1], 256)
    binning = time.perf_counter() - began
    yield Row("1,000,000 samples of both ends, binned once", 1e3 * binning, "ms")
    scattered = Scattered(few[0]), Scattered(few[1])
    theirs, ours = _article(few), _convolved("ours, 1,000,000 each", binned, grid, errors=False)
    ways = [
        theirs,
        _Way(
            f"every pair, in chunks, {_FEW:,} each",
            lambda a: direct(*scattered, coefficients_of(LINEAR, a), grid, errors=False).mean,
        ),
        _convolved(f"ours, {_FEW:,} each", scattered, grid, errors=False),
        _convolved("the same, with standard errors", scattered, grid, errors=True),
        ours,
        _convolved("this, with standard errors", binned, grid, errors=True),
    ]
    spans, offs = _measured(ways, effort.rounds)
    about = f"{_SIDE}^2 at α = {_HALF:g}"
    for way in ways:
        seconds, off = spans[way.subject], offs[way.subject]
        yield Row("ms", 1e3 * seconds, "ms", about=about, subject=way.subject)
        yield Row("error °", float(np.median(off)), "°", about=about, subject=way.subject)
        yield Row("p95 °", float(np.quantile(off, 0.95)), "°", about=about, subject=way.subject)
    one, other = theirs.subject, ours.subject
    faster, nearer = spans[one] / spans[other], np.median(offs[one]) / np.median(offs[other])
    yield Row("ours with 1,000,000 against the article's: faster", faster, "x", at_least(25.0))
    yield Row("and more accurate", float(nearer), "x", at_least(10.0))
    began = time.perf_counter()
    for alpha in _ALPHAS:
        ours.at(float(alpha))
    seconds = binning + time.perf_counter() - began
    yield Row(f"{len(_ALPHAS)} alphas and the binning", seconds, "s", at_most(1.0))
    article = len(_ALPHAS) * spans[one]
    yield Row("the article's way for as many (one of them, times 64)", article, "s")
    yield Row("for all alphas: faster", article / seconds, "x", at_least(25.0))


def _article(few: tuple[Floats, ...]) -> _Way:
    x0, x1 = (np.ascontiguousarray(x.T) for x in few)

    def at(alpha: float) -> Floats:
        return articles_field(alpha, x0, x1, _SIDE).transpose(1, 0, 2)

    return _Way(f"the article's way, {_FEW:,} each", at)


def _convolved(subject: str, ends: tuple[Draws, Draws], grid: Cells, errors: bool) -> _Way:
    return _Way(subject, lambda a: convolved(*ends, coefficients_of(LINEAR, a), grid, errors).mean)


def _measured(ways: list[_Way], rounds: int) -> tuple[dict[str, float], dict[str, Floats]]:
    """Median seconds of each way, and its angles to the exact field."""
    fields = {way.subject: way.at(_HALF) for way in ways}  # which also warms them
    spans: dict[str, list[float]] = {way.subject: [] for way in ways}
    for _ in range(max(3, rounds)):
        for way in ways:
            began = time.perf_counter()
            way.at(_HALF)
            spans[way.subject].append(time.perf_counter() - began)
    exact = _exact(Cells(0.0, 0.0, 1 / _SIDE, _SIDE, _SIDE))
    offs = {subject: _angles(field, exact) for subject, field in fields.items()}
    return {subject: median(taken) for subject, taken in spans.items()}, offs


def _exact(grid: Cells) -> Floats:
    oracle = PolygonOracle.of(TRIANGLE, SQUARE, LINEAR)
    assert oracle is not None
    x = torch.from_numpy(np.stack(np.meshgrid(grid.xs, grid.ys), -1).reshape(-1, 2))
    array: Floats = oracle.velocity(x, _HALF).reshape(_SIDE, _SIDE, 2).numpy()
    return array


def _angles(field: Floats, exact: Floats) -> Floats:
    """Degrees between both fields where both are known; a zero vector counts as unknown."""
    exact = exact[: len(field), : field.shape[1]]
    both = (np.isfinite(field) & np.isfinite(exact)).all(-1) & (np.abs(field).sum(-1) > 0)
    (a, b), (c, d) = field[both].T, exact[both].T
    array: Floats = np.degrees(np.arctan2(np.abs(a * d - b * c), a * c + b * d))
    return array


def _plan(effort: Effort) -> Iterator[Row]:
    """The whole view: estimate, exact and learned field, at all its alphas."""
    document = Document(source=TRIANGLE, target=SQUARE)
    field, plan = train(document, steps=20, seed=0).field, tangent_field
    sizes = (64,) if effort.quick else (64, 128, 256)
    for cells in sizes:
        wanted = Document(source=TRIANGLE, target=SQUARE, blending=Blending(cells=cells))
        name = f"the view at {cells}^2"
        first = [("a first, coarse picture", True)] if cells == sizes[0] else []
        for what, coarse in (*first, ("all of it", False)):
            options = PlanOptions(coarse=coarse)
            began = time.perf_counter()
            bundle = plan(wanted, field, options)
            span = time.perf_counter() - began
            made = tangents_of(bundle)
            assert made is not None
            yield Row(f"{name}: {what}, {len(made.count)} alphas", span, "s")
        spans = []
        for _ in range(max(3, effort.rounds)):
            began = time.perf_counter()
            plan(wanted, field, PlanOptions())
            spans.append(time.perf_counter() - began)
        goal = at_most(100.0) if cells == sizes[0] else None
        yield Row(f"{name}: new weights", 1e3 * median(spans), "ms", goal)
