"""Pairs drawn from cells, beside the product of both densities summed on a lattice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from flowlab.core.blending import chain
from flowlab.core.blending.interfaces import Generators
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Grid, Points, Shape
from flowlab.core.exact.posterior.blocks import blocks_of
from flowlab.core.exact.posterior.cells import CellPairs
from flowlab.core.exact.posterior.ends import sampled

_SIDE, _PLACES = 12, 40
_DRAWS = 20_000


def rough(seed: int, extent: tuple[float, float, float, float]) -> Grid:
    """Few cells that differ much."""
    density = np.random.default_rng(seed).random((9, 7)) ** 6
    return Grid(density=Array(density), extent=extent)


PAIRS: dict[str, tuple[Shape, Shape]] = {
    "alike": (rough(1, (-2, 2, -2, 2)), rough(2, (-2, 2, -2, 2))),
    "wide and tall": (rough(3, (-8, 0, 1, 2)), rough(4, (3, 4, -6, 6))),
    "text": (named("smiley"), named("text")),
}


def expected(
    x: np.ndarray, ends: tuple[Shape, Shape], alpha: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Shares of x0 in cells (side^2,) of a box, by p0(x0) p1((x - (1 - alpha) x0) / alpha)."""
    source, target = (blocks_of(build(end)) for end in ends)
    ticks = (np.arange(_SIDE * _PLACES) + 0.5) / (_SIDE * _PLACES)
    axes = (low[i] + ticks * (high[i] - low[i]) for i in (0, 1))
    x0 = np.stack(np.meshgrid(*axes)).reshape(2, -1)
    mass = source.at(x0) * target.at((x[:, None] - (1 - alpha) * x0) / alpha)
    cells = mass.reshape(_SIDE, _PLACES, _SIDE, _PLACES).sum((1, 3)).ravel().astype(float)
    return cells / cells.sum()


def fit(x0: np.ndarray, x: np.ndarray, ends: tuple[Shape, Shape], alpha: float) -> float:
    """p value of draws x0 (2, n) given x (2,)."""
    low, high = x0.min(1), x0.max(1)
    wanted = expected(x, ends, alpha, low, high) * x0.shape[1]
    counts = np.histogram2d(*x0, _SIDE, list(zip(low, high, strict=True)))[0].T.ravel()
    thick = wanted >= 20
    rows = np.stack([counts, wanted])
    rows = np.concatenate([rows[:, thick], rows[:, ~thick].sum(1, keepdims=True)], 1)
    rows = rows[:, rows[1] > 1]
    rows[1] *= rows[0].sum() / rows[1].sum()
    square = (np.square(rows[0] - rows[1]) / (rows[1] + (0.015 * rows[1]) ** 2)).sum()
    # cells and lattice don't meet: some 1.5 % of a cell's mass is the lattice's own error
    return float(stats.chi2.sf(square, rows.shape[1] - 1))


@pytest.mark.parametrize("alpha", [0.08, 0.5, 0.93])
@pytest.mark.parametrize("name", PAIRS)
def test_pairs_are_drawn_from_the_cells_exactly(name: str, alpha: float) -> None:
    ends = PAIRS[name]
    distributions = [build(end) for end in ends]
    pairs = CellPairs(*distributions)
    rng = Generators(torch.Generator().manual_seed(1))
    for place in range(2):
        x = (1 - alpha) * sampled(distributions[0], 9, rng) + alpha * sampled(
            distributions[1], 9, rng
        )
        drawn = pairs.draw(np.repeat(x[:, place, None], _DRAWS, 1), alpha, rng)
        assert drawn.found.all()
        assert fit(drawn.x0, x[:, place], ends, alpha) > 1e-3


@pytest.mark.parametrize("each", [20, _DRAWS], ids=["by proposals", "among all cells"])
@pytest.mark.parametrize("alpha", [0.08, 0.5, 0.93])
@pytest.mark.parametrize("name", PAIRS)
def test_so_are_several_pairs_of_each_point(name: str, alpha: float, each: int) -> None:
    distributions = [build(end) for end in PAIRS[name]]
    rng = Generators(torch.Generator().manual_seed(2))
    x = (1 - alpha) * sampled(distributions[0], 1, rng) + alpha * sampled(distributions[1], 1, rng)
    points = np.repeat(x, _DRAWS // each, 1)
    x0, x1 = CellPairs(*distributions).several(points, alpha, each, rng)
    assert np.isfinite(x0).all()
    np.testing.assert_allclose((1 - alpha) * x0 + alpha * x1, x[..., None] + 0 * x0, atol=1e-9)
    assert fit(x0.reshape(2, -1), x[:, 0], PAIRS[name], alpha) > 1e-3


@pytest.mark.parametrize("cells", [36, 64, 256])
def test_a_point_that_no_pair_blends_into_has_none(cells: int) -> None:
    pairs = CellPairs(build(named("text")), build(named("smiley")), cells=cells)
    far = np.array([[90.0, np.nan, np.inf], [0.0, 0.0, -np.inf]])
    for n in (1, 3, 300):
        for end in pairs.several(far, 0.5, n, Generators(torch.Generator())):
            assert np.isnan(end).all()


def test_chains_from_a_curve_end_on_all_points_of_a_cloud_alike() -> None:
    places = np.random.default_rng(3).normal(size=(5, 2))
    cloud = Points(points=Array(places), noise=0.0)
    bundle = chain("moons", cloud, 4000, 6, torch.Generator().manual_seed(0))
    off = np.linalg.norm(np.asarray(bundle.points[-1])[:, None] - places, axis=-1)
    counts = np.bincount(off.argmin(1), minlength=5)
    assert stats.chisquare(counts).pvalue > 1e-3
