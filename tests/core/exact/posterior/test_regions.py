"""Pairs of uniform regions given x_t, beside shapely's cut of the one by the mirrored other."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from shapely import affinity

from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Polygon
from flowlab.core.exact.outlines import Outline, outline_of
from flowlab.core.exact.posterior.interfaces import Generators, coefficients
from flowlab.core.exact.posterior.regions import RegionPairs
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TRIANGLE

BENT = Polygon(vertices=((0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)))
CIRCULAR = interpolant_of(Path(kind="trigonometric"))


def outline(shape: Polygon) -> Outline:
    found = outline_of(shape)
    assert found is not None
    return found


def cut(source: Polygon, target: Polygon, x: np.ndarray, a: float, b: float) -> shapely.Geometry:
    """The x0 that are possible: source and (x - b target) / a."""
    moved = affinity.affine_transform(
        shapely.Polygon(target.vertices), [-b / a, 0, 0, -b / a, *(x / a)]
    )
    return shapely.Polygon(source.vertices).intersection(moved)


def middle(source: Polygon, target: Polygon, a: float, b: float) -> np.ndarray:
    return a * outline(source).mean.numpy() + b * outline(target).mean.numpy()


@pytest.mark.parametrize("path", [LINEAR, CIRCULAR], ids=["linear", "trigonometric"])
@pytest.mark.parametrize("t", [0.25, 0.8])
@pytest.mark.parametrize("ends", [(TRIANGLE, SQUARE), (BENT, TRIANGLE)], ids=["convex", "bent"])
def test_x0_is_uniform_on_the_cut_and_the_pair_blends(
    ends: tuple[Polygon, Polygon], t: float, path: Interpolant
) -> None:
    a, b = coefficients(path, t)
    x, n = middle(*ends, a, b) + np.array([0.1, -0.05]), 8000
    drawn = RegionPairs(*map(outline, ends), path).draw(
        np.tile(x[:, None], n), t, Generators(rng(1))
    )
    np.testing.assert_allclose(a * drawn.x0 + b * drawn.x1, np.tile(x[:, None], n), atol=1e-9)
    true = cut(*ends, x, a, b)
    assert bool(shapely.contains_xy(true.buffer(1e-6), *drawn.x0).all())
    left, low, right, high = true.bounds
    for axis, (start, stop) in enumerate(((left, right), (low, high))):
        half = (start + stop) / 2
        box = [left, low, right, high]
        box[2 + axis] = half
        share = true.intersection(shapely.box(*box)).area / true.area
        assert np.mean(drawn.x0[axis] < half) == pytest.approx(share, abs=4 * 0.5 / np.sqrt(n))


def test_where_almost_nothing_fits_a_pair_is_found_all_the_same() -> None:
    """A corner of the blend, whose cut no few thousand proposals would meet."""
    t = 0.4
    corner = 0.6 * np.array(TRIANGLE.vertices[0]) + 0.4 * np.array(SQUARE.vertices[0])
    inward = middle(TRIANGLE, SQUARE, 0.6, 0.4) - corner
    x = corner + 1e-3 * inward
    true = cut(TRIANGLE, SQUARE, x, 0.6, 0.4)
    assert true.area < 1e-4
    drawn = RegionPairs(outline(TRIANGLE), outline(SQUARE)).draw(
        np.tile(x[:, None], 500), t, Generators(rng(2))
    )
    assert bool(drawn.found.all())
    assert bool(shapely.contains_xy(true.buffer(1e-6), *drawn.x0).all())
    np.testing.assert_allclose(0.6 * drawn.x0 + 0.4 * drawn.x1, np.tile(x[:, None], 500), atol=1e-9)
    np.testing.assert_allclose(
        drawn.x0.mean(1), true.centroid.coords[0], atol=4 * true.length / np.sqrt(500)
    )


def test_off_the_support_there_is_no_pair() -> None:
    x = np.array([[30.0, 0.0], [0.0, 0.0]])
    x[:, 1] = middle(TRIANGLE, SQUARE, 0.5, 0.5)
    drawn = RegionPairs(outline(TRIANGLE), outline(SQUARE)).draw(x, 0.5, Generators(rng(3)))
    assert drawn.found.tolist() == [False, True]
    assert bool(np.isnan(drawn.x1[:, 0]).all())


def test_several_pairs_of_each_point() -> None:
    x = np.stack([middle(TRIANGLE, SQUARE, 0.5, 0.5), (np.nan, 0.0)], 1)
    pairs = RegionPairs(outline(TRIANGLE), outline(SQUARE))
    x0, x1 = pairs.several(x, 0.5, 7, Generators(rng(4)))
    assert x0.shape == (2, 2, 7)
    np.testing.assert_allclose((x0 + x1)[:, 0] / 2, np.repeat(x[:, :1], 7, 1), atol=1e-9)
    assert bool(np.isnan(x0[:, 1]).all())
    assert len(np.unique(x0[0, 0])) == 7


def test_few_pairs_away_from_the_ends_of_time_are_drawn_by_proposals() -> None:
    pairs = RegionPairs(outline(TRIANGLE), outline(SQUARE))
    assert pairs.suits(0.5, 4)
    assert not pairs.suits(0.5, 100)
    assert not pairs.suits(1e-8, 4)


def test_the_law_is_the_same_for_either_generator_state() -> None:
    x = np.tile(middle(TRIANGLE, SQUARE, 0.5, 0.5)[:, None], 20)
    pairs = RegionPairs(outline(TRIANGLE), outline(SQUARE))
    one, same, other = (
        pairs.draw(x, 0.5, Generators(torch.Generator().manual_seed(s))).x0 for s in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
