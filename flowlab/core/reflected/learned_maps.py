"""The plan of the view `wall_score`: the learned score between walls beside the exact one."""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.domains import Domain
from flowlab.core.domains.clipped import check_inside
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.exact import ExactScore, exact_score, rough_score
from flowlab.core.reflected.exact import is_new as score_is_new
from flowlab.core.reflected.score_results import PANES, ScoreMaps, Violation
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

OTHER_NETWORK = (
    "This document's network learns something else: choose “Score between walls” as what it "
    "predicts, and train it."
)
_LEVELS, _SIDE, _ON_WALLS = 16, 72, 600  # steps between noise levels, cells, and places on walls
_LEAST = 1e-6  # of the peak; where less arrives nothing is shown, since no network learns there
_FEW_LEVELS, _FEW = 8, 48  # of a coarse answer


def wall_score(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """Sigma times both scores on a grid, at noise levels that lie evenly in t.

    The `extra` of the bundle, which has no particles, is the `ScoreMaps`. Of a coarse answer the
    exact score is a rough one on few cells, unless it is known already. Raises `Cancelled`, or
    `Invalid` for walls that can't be, a target outside, or a network that learned something else.
    """
    began = time.perf_counter()
    if not isinstance(network, LearnedWallScore):
        raise Invalid(OTHER_NETWORK)
    check_inside(document)
    domain, rough = network.domain, options.coarse and is_new(document)
    levels, side = (_FEW_LEVELS, _FEW) if rough else (_LEVELS, _SIDE)
    exact = rough_score(document, levels) if rough else exact_score(document, levels)
    times, grid = np.linspace(0.0, 1.0, levels + 1), _grid(domain, side)
    rows = []
    for k, t in enumerate(times.tolist()):
        if options.cancelled is not None and options.cancelled():
            raise Cancelled
        rows.append(_compared(network, exact, grid, k, t))
    lengths = np.stack([lengths for lengths, _ in rows])
    errors = np.array([errors for _, errors in rows])
    extra = ScoreMaps(
        times=times,
        sigmas=np.array([network.deviation(t) for t in times.tolist()]),
        xs=grid.xs.astype(np.float32),
        ys=grid.ys.astype(np.float32),
        maps={name: grid.picture(lengths[:, i]) for i, name in enumerate(PANES)},
        error=errors[:, 0],
        size=errors[:, 1],
        bounded=_violation(network, times, bounded=True),
        free=_violation(network, times, bounded=False),
        bounds=domain.bounds,
        rough=rough,
    )
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        method="score",
        extra=extra,
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )


def is_new(document: Document) -> bool:
    """True if the exact score isn't cached; then a coarse answer should come first."""
    return score_is_new(document, _LEVELS)


class _Grid:
    """Cells over the walls' bounds, and which of their centres lie inside."""

    def __init__(self, domain: Domain, side: int) -> None:
        x0, y0, x1, y1 = domain.bounds
        cell = max(x1 - x0, y1 - y0) / side
        columns, rows = (max(2, round(side / cell)) for side in (x1 - x0, y1 - y0))
        self.xs = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
        self.ys = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
        centres = np.stack(np.meshgrid(self.xs, self.ys), -1).reshape(-1, 2)
        self.inside = domain.nearest(centres).distance > 0
        self.points = centres[self.inside]

    def picture(self, values: Doubles) -> Floats:
        """Values (T, n) at the points as maps (T, H, W); NaN outside."""
        maps = np.full((len(values), len(self.inside)), np.nan, np.float32)
        maps[:, self.inside] = values
        return maps.reshape(len(values), len(self.ys), len(self.xs))


@lru_cache(maxsize=4)
def _grid(domain: Domain, side: int) -> _Grid:
    return _Grid(domain, side)


def _compared(
    network: LearnedWallScore, exact: ExactScore, grid: _Grid, k: int, t: float
) -> tuple[Doubles, tuple[float, float]]:
    """Sigma times the learned and the exact score's lengths and their difference's, (3, n).

    They are NaN where hardly any particle is.
    Beside them the root mean squares of the difference and of the exact one over p_t.
    """
    sigma, (score, weight) = network.deviation(t), _known(exact, grid, k)
    learned, known = sigma * network.score(grid.points, t), sigma * score
    lengths = np.stack([np.hypot(*each.T) for each in (learned, known, learned - known)])
    square = (lengths**2 * weight).sum(1) / max(float(weight.sum()), 1e-300)
    lengths[:, weight < _LEAST * weight.max()] = np.nan
    return lengths, (float(np.sqrt(square[2])), float(np.sqrt(square[1])))


@lru_cache(maxsize=2 * (_LEVELS + 1))
def _known(exact: ExactScore, grid: _Grid, k: int) -> tuple[Doubles, Doubles]:
    """The exact score (n, 2) and the density (n,) on the grid, which no training changes."""
    return exact(grid.points, k), exact.density(grid.points, k)


def _violation(network: LearnedWallScore, times: Doubles, *, bounded: bool) -> Violation:
    """How far the score is from being tangent to the walls, on them."""
    x, normal = on_walls(network.domain)
    sizes = []
    for t in times.tolist():
        score = network.score(x, t, bounded=bounded)
        sizes.append(network.deviation(t) * np.abs((score * normal).sum(1)))
    return Violation(
        mean=np.array([size.mean() for size in sizes]),
        greatest=np.array([size.max() for size in sizes]),
    )


@lru_cache(maxsize=4)
def on_walls(domain: Domain) -> tuple[Doubles, Doubles]:
    """Places (n, 2) on the walls, evenly along them and never in a corner, and their normals."""
    starts = np.concatenate(domain.rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in domain.rings])
    lengths = np.hypot(*(ends - starts).T)
    place = (np.arange(_ON_WALLS) + 0.5) / _ON_WALLS * lengths.sum()
    edge = np.minimum(np.searchsorted(np.cumsum(lengths), place), len(lengths) - 1)
    share = (place - (np.cumsum(lengths) - lengths)[edge]) / np.maximum(lengths[edge], 1e-300)
    x = starts[edge] + share.clip(0.01, 0.99)[:, None] * (ends - starts)[edge]
    walls = domain.nearest(domain.within(x))
    return walls.foot, walls.normal
