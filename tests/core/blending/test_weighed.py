"""Pairs of points by their weights, beside the posterior summed by other means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from flowlab.core.blending import chain, deblend, deblender_of
from flowlab.core.blending.factory import PosteriorDeblender
from flowlab.core.blending.interfaces import Generators
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Disc, Points, Shape
from flowlab.core.exact.posterior.clouds import CloudPairs
from tests.helpers.shapes import RIDGE

_DRAWS = 10_000
_SIDE, _PLACES = 12, 40
ALPHAS = [0.04, 0.4, 0.97]

SPOTS = np.random.default_rng(2).normal(size=(60, 2)) * (1, 2) - (2, 0)
BARE = Points(points=Array(SPOTS), noise=0.0)
BLURRED = Points(points=Array(SPOTS), noise=0.12)
OTHERS: dict[str, Shape] = {
    "triangle": named("triangle"),
    "disc elsewhere": Disc(offset_x=5.0, offset_y=-3.0),
    "checkerboard": named("checkerboard"),
    "grid": RIDGE,
}


def ends(cloud: Points, other: Shape, cloud_is_target: bool) -> tuple[Shape, Shape]:
    return (other, cloud) if cloud_is_target else (cloud, other)


def density(shape: Shape, x: np.ndarray) -> np.ndarray:
    """p (n,) at points (2, n)."""
    return build(shape).log_prob(np.ascontiguousarray(x.T)).double().exp().numpy()


def drawn_at(
    shapes: tuple[Shape, Shape], alpha: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A blend x (2, 1), and the ends of many of its pairs, (2, n)."""
    deblender = deblender_of(*shapes)
    assert isinstance(deblender, PosteriorDeblender)
    assert isinstance(deblender.pairs, CloudPairs)
    rng = Generators(torch.Generator().manual_seed(seed))
    x = (1 - alpha) * deblender.sources(1, rng) + alpha * deblender.targets(1, rng)
    drawn = deblender.draw(np.repeat(x, _DRAWS, 1), alpha, rng)
    known = drawn.found
    assert known.mean() > 0.99
    pairs = drawn.x0[:, known], drawn.x1[:, known]
    np.testing.assert_allclose((1 - alpha) * pairs[0] + alpha * pairs[1], x + 0 * pairs[0], 0, 1e-9)
    return x, *pairs


def fit(counts: np.ndarray, wanted: np.ndarray, slack: float = 0.0) -> float:
    """p value of counts, thin cells together, where each expectation may be off by a share."""
    thick = wanted >= 20
    rows = np.stack([counts, wanted])
    rows = np.concatenate([rows[:, thick], rows[:, ~thick].sum(1, keepdims=True)], 1)
    rows = rows[:, rows[1] > 1]
    rows[1] *= rows[0].sum() / rows[1].sum()
    square = (np.square(rows[0] - rows[1]) / (rows[1] + (slack * rows[1]) ** 2)).sum()
    return float(stats.chi2.sf(square, max(1, rows.shape[1] - 1)))


@pytest.mark.parametrize("cloud_is_target", [True, False])
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("other", OTHERS)
def test_a_bare_point_is_drawn_as_often_as_the_other_end_is_dense(
    other: str, alpha: float, cloud_is_target: bool
) -> None:
    shapes = ends(BARE, OTHERS[other], cloud_is_target)
    b, a = (alpha, 1 - alpha) if cloud_is_target else (1 - alpha, alpha)
    x, *pair = drawn_at(shapes, alpha, seed=1)
    off = np.linalg.norm(pair[cloud_is_target][:, :, None] - SPOTS.T[:, None], axis=0)
    assert off.min(1).max() < 1e-6  # every one is a point of the cloud
    counts = np.bincount(off.argmin(1), minlength=len(SPOTS)).astype(float)
    weights = density(OTHERS[other], (x - b * SPOTS.T.astype(np.float32)) / a)
    wanted = weights / weights.sum() * counts.sum()
    assert (counts[wanted == 0] == 0).all()
    assert fit(counts, wanted) > 1e-3


@pytest.mark.parametrize("cloud_is_target", [True, False])
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("other", OTHERS)
def test_a_blurred_point_has_the_law_of_the_product_of_both_densities(
    other: str, alpha: float, cloud_is_target: bool
) -> None:
    shapes = ends(BLURRED, OTHERS[other], cloud_is_target)
    b, a = (alpha, 1 - alpha) if cloud_is_target else (1 - alpha, alpha)
    x, *pair = drawn_at(shapes, alpha, seed=1)
    y = pair[not cloud_is_target]
    low, high = y.min(1), y.max(1)
    ticks = (np.arange(_SIDE * _PLACES) + 0.5) / (_SIDE * _PLACES)
    axes = (low[i] + ticks * (high[i] - low[i]) for i in (0, 1))
    places = np.stack(np.meshgrid(*axes)).reshape(2, -1)
    mass = density(OTHERS[other], places) * density(BLURRED, (x - a * places) / b)
    cells = mass.reshape(_SIDE, _PLACES, _SIDE, _PLACES).sum((1, 3)).ravel()
    counts = np.histogram2d(*y, _SIDE, list(zip(low, high, strict=True)))[0].T.ravel()
    # an edge crosses the lattice where it will: some 1.5 % of a cell's mass
    assert fit(counts, cells / cells.sum() * counts.sum(), slack=0.015) > 1e-3


@pytest.mark.parametrize("cloud", [BARE, BLURRED])
@pytest.mark.parametrize("other", OTHERS)
def test_every_bead_has_the_law_of_a_blend_of_two_draws(other, cloud, alike) -> None:
    rng = torch.Generator().manual_seed(3)
    for is_target in (True, False):
        source, target = ends(cloud, OTHERS[other], is_target)
        bundle = chain(source, target, 6000, 12, rng)
        for k in (1, 4, 6, 11):
            x0, x1 = (build(end).sample(6000, rng).numpy() for end in (source, target))
            assert alike(np.asarray(bundle.points[k]), x0 + k / 12 * (x1 - x0)) > 1e-4


@pytest.mark.parametrize("cloud", [BARE, BLURRED])
def test_few_are_left_with_the_pair_that_they_had(cloud: Points) -> None:
    deblender = deblender_of(named("square"), cloud)
    rng = Generators(torch.Generator().manual_seed(1))
    for alpha in (1e-6, *ALPHAS, 1 - 1e-6):
        x = (1 - alpha) * deblender.sources(2000, rng) + alpha * deblender.targets(2000, rng)
        assert deblender.draw(x, alpha, rng).found.mean() > 0.995


def test_a_cloud_of_many_points_fits_into_memory() -> None:
    many = Points(points=Array(np.random.default_rng(0).normal(size=(50_000, 2))), noise=0.0)
    bundle = chain(many, "disc", 300, 8, torch.Generator().manual_seed(0))
    assert np.isfinite(bundle.points).all()


@pytest.mark.parametrize("alpha", ALPHAS)
def test_every_blend_is_deblended(alpha: float) -> None:
    rng = torch.Generator().manual_seed(4)
    x0, x1 = (build(end).sample(3000, rng).double() for end in (named("disc"), BLURRED))
    x = (1 - alpha) * x0 + alpha * x1
    pair = deblend("disc", BLURRED, x, alpha, rng)
    torch.testing.assert_close((1 - alpha) * pair[0] + alpha * pair[1], x, rtol=0, atol=1e-9)


@pytest.mark.parametrize("cloud", [BARE, BLURRED])
@pytest.mark.parametrize("other", ["moons", "pinwheel"])
def test_beside_a_curve_they_are_weighed_by_its_cells(other, cloud, alike) -> None:
    rng = torch.Generator().manual_seed(6)
    for is_target in (True, False):
        source, target = ends(cloud, named(other), is_target)
        assert deblender_of(source, target).note.startswith("nearly exact, by the weights")
        bundle = chain(source, target, 6000, 12, rng)
        for k in (1, 6, 11):
            x0, x1 = (build(end).sample(6000, rng).numpy() for end in (source, target))
            assert alike(np.asarray(bundle.points[k]), x0 + k / 12 * (x1 - x0)) > 1e-4


def test_large_clouds_are_weighed_too(alike) -> None:
    rng = torch.Generator().manual_seed(7)
    places = np.array([[[0.0]], [[1.5]]]) + np.random.default_rng(4).normal(size=(2, 300, 2))
    first, second = (Points(points=Array(some), noise=0.1) for some in places)
    bundle = chain(first, second, 6000, 8, rng)
    for k in (1, 4, 7):
        x0, x1 = (build(end).sample(6000, rng).numpy() for end in (first, second))
        assert alike(np.asarray(bundle.points[k]), x0 + k / 8 * (x1 - x0)) > 1e-4
