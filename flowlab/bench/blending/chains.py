"""Group `chains`: blending and deblending, beside the article's own loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np
import torch
from scipy import stats

from flowlab.bench.effort import Effort
from flowlab.bench.report import Goal, Row, Rows, at_least, at_most
from flowlab.core.array_types import Floats
from flowlab.core.blending import chain
from flowlab.core.blending.factory import oracle_between
from flowlab.core.blending.plans import chain as chain_plan
from flowlab.core.blending.settings import Blending
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import SQUARE, TRIANGLE, named, preset
from flowlab.core.document.shapes import Points, Polygon, Shape
from flowlab.core.exact import extended_field
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.request import PlanOptions

_CHAINS = 1000
_SEED = 20_230  # of the view's picture; nothing of it is cached
_SIDE = 5  # cells along each axis for comparing two distributions
_DART = Polygon(vertices=((-4.0, -4.0), (0.0, -3.0), (4.0, -4.0), (0.0, 3.0)))


class Article:
    """The article's loop, rewritten: one chain at a time, x0 is drawn until its x1 is inside.

    As there, NumPy is used for single points, and alpha accumulates rounding at every addition.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._corner, b, c = np.array(TRIANGLE)
        self._edges = np.array([b, c]) - self._corner
        self._low, self._high = np.array(SQUARE).min(0), np.array(SQUARE).max(0)

    def _from_triangle(self) -> Floats:
        u = self._rng.random(2)
        if u.sum() > 1:
            u = 1 - u
        x0: Floats = self._corner + u @ self._edges
        return x0

    def _from_square(self) -> Floats:
        x1: Floats = self._rng.uniform(self._low, self._high)
        return x1

    def _in_square(self, x: Floats) -> bool:
        (x0, y0), (x1, y1) = self._low, self._high
        return bool(x0 <= x[0] <= x1 and y0 <= x[1] <= y1)

    def chain(self, steps: int) -> Floats:
        """Beads (N + 1, 2) from triangle to square."""
        alpha = 1 / steps
        x0, x1 = self._from_triangle(), self._from_square()
        x = (1 - alpha) * x0 + alpha * x1
        beads = [x0, x]
        for _ in range(steps - 1):
            x0, x1 = self._deblended(x, alpha)
            alpha += 1 / steps
            x = (1 - alpha) * x0 + alpha * x1
            beads.append(x)
        return np.array(beads)

    def several(self, n: int, steps: int) -> Floats:
        """Beads (N + 1, n, 2) of n chains."""
        return np.stack([self.chain(steps) for _ in range(n)], 1)

    def _deblended(self, x: Floats, alpha: float) -> tuple[Floats, Floats]:
        while True:
            x0 = self._from_triangle()
            x1 = (x - (1 - alpha) * x0) / alpha
            if self._in_square(x1):
                return x0, x1


def rows(effort: Effort) -> Rows:
    """Chains a second from a triangle to a square: the article's loop one by one, ours 1,000 at
    once; then the seconds of 1,000 chains between shapes of every kind, and of the view's picture.

    All on one thread. Both loops draw from one distribution: p is that of a chi-square test between
    their beads at alpha = 1/2, and of the next step. Cost in N is the slope of log seconds.
    """
    with threads_used(1):
        yield from _beside_the_article(effort)
        yield from _one_law(effort)
        yield from _seconds_of_all(effort)
        yield from _cost(effort)
        yield from _pictures(effort)


def _beside_the_article(effort: Effort) -> Iterator[Row]:
    for steps, goal, longest in ((6, 50, 300), (500, 1000, 1 if effort.quick else 4)):
        article, about = Article(), f"triangle to square, N = {steps}"
        spent = _timed(partial(article.several, longest, steps))
        theirs, note = longest / spent, f"{longest} chains timed"
        yield Row(f"{about}: the article's loop", theirs, "chains/s", note=note)
        for how in ("exact", "cheaper", "rejection") if steps < 100 else ("exact", "cheaper"):
            ours = _CHAINS / _seconds("triangle", "square", steps, effort, how)
            yield Row(f"{about}: ours, {how}", ours, "chains/s")
            wanted = at_least(goal) if how == "exact" else None
            yield Row(f"{about}: ours, {how}, over the article's", ours / theirs, "times", wanted)


def _one_law(effort: Effort) -> Iterator[Row]:
    """p values for the beads at alpha = 1/2 (their distribution) and the next step (the pairs)."""
    n, steps = 600 if effort.quick else 3000, 6
    article, rng = Article(1), torch.Generator().manual_seed(1)
    theirs = article.several(n, steps)
    for how in ("exact", "cheaper", "rejection"):
        ours = np.asarray(chain("triangle", "square", 4 * n, steps, rng, deblend=how).points)
        for what, p in {
            "beads at 1/2": _alike(theirs[3], ours[3]),
            "steps from 1/2": _alike(theirs[4] - theirs[3], ours[4] - ours[3]),
        }.items():
            yield Row(f"one law with the article's, {how}, {what}: p", p, "", at_least(0.01))


def _alike(x: Floats, y: Floats) -> float:
    """p value of a chi-square test over cells that two clouds have the same distribution."""
    low, high = np.concatenate([x, y]).min(0), np.concatenate([x, y]).max(0)
    box = list(zip(low, high, strict=True))
    counts = np.stack([np.histogramdd(part, _SIDE, box)[0].ravel() for part in (x, y)])
    thick = counts.min(0) >= 5
    merged = np.concatenate([counts[:, thick], counts[:, ~thick].sum(1, keepdims=True)], 1)
    return float(stats.chi2_contingency(merged[:, merged.sum(0) > 0]).pvalue)


def _seconds_of_all(effort: Effort) -> Iterator[Row]:
    cloud = Points(points=Array(np.random.default_rng(0).normal(size=(600, 2))), noise=0.0)
    cases: dict[str, tuple[str | Shape, str | Shape]] = {
        "triangle to square": ("triangle", "square"),
        "triangle to a dart, which is not convex": ("triangle", _DART),
        "checkerboard to square": ("checkerboard", "square"),
        "Gaussian to 8 Gaussians": ("gaussian", "eight_gaussians"),
        "mixture to 8 Gaussians": ("mixture", "eight_gaussians"),
        "Gaussian to 600 points": ("gaussian", cloud),
        "square to 600 points": ("square", cloud),
        "square to 600 blurred points": ("square", replace(cloud, noise=0.05)),
        "Gaussian to moons (grid)": ("gaussian", "moons"),
        "smiley to text (grid)": ("smiley", "text"),
    }
    for name, ends in cases.items():
        first = name == "triangle to square"
        goals: dict[int, Goal] = {50: at_most(0.1), 500: at_most(0.8)} if first else {}
        for steps in (50,) if effort.quick and not first else (50, 500):
            spent = _seconds(*ends, steps, effort)
            yield Row(f"1,000 chains, N = {steps}: {name}", spent, "s", goals.get(steps))


def _cost(effort: Effort) -> Iterator[Row]:
    steps = np.array([32, 64, 128, 256, 512])
    spent = [_seconds("triangle", "square", int(n), effort) for n in steps]
    slope = float(np.polyfit(np.log(steps), np.log(spent), 1)[0])
    yield Row("cost against N, slope of logarithms", slope, "", Goal(0.8, 1.2))


def _pictures(effort: Effort) -> Iterator[Row]:
    """The view's bundle: before convergence is known, with its study, and after a slider moved."""
    for name in ("triangle_to_square",) if effort.quick else ("triangle_to_square", "moons"):
        first, with_study, again = _picture(name)
        about = f"view of 1,000 chains, N = 50, {name.replace('_', ' ')}"
        goal = at_most(0.4) if name == "triangle_to_square" else None
        yield Row(f"{about}: first picture", first, "s", goal)
        yield Row(f"{about}: with its study of N", with_study, "s")
        yield Row(f"{about}: other randomness", again, "s")


def _picture(name: str) -> tuple[float, float, float]:
    """Seconds of the first bundle, of the complete one, and of the next with a warm cache."""
    document = replace(preset(name), blending=Blending(steps=50), seed=_SEED)
    moved = replace(document, blending=Blending(steps=50, redraw=1))
    field = extended_field(oracle_between(document.source, document.target))  # not asked
    first = _timed(partial(chain_plan, document, field, PlanOptions(coarse=True)))
    with_study, again = (
        _timed(partial(chain_plan, given, field, PlanOptions())) for given in (document, moved)
    )
    return first, first + with_study, again


def _seconds(
    source: str | Shape, target: str | Shape, steps: int, effort: Effort, how: str = "exact"
) -> float:
    """Median seconds of 1,000 chains, once everything is built; of 500 steps they are long."""
    start, end = (named(end) if isinstance(end, str) else end for end in (source, target))
    rng = torch.Generator().manual_seed(0)
    chain(start, end, 10, 2, rng, deblend=how)
    work = partial(chain, start, end, _CHAINS, steps, rng, deblend=how)
    rounds = 2 + effort.rounds if steps < 500 else 1 + effort.rounds // 2
    spans = [_timed(work) for _ in range(rounds)]
    return median(spans)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
