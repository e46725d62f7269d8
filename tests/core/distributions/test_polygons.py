"""Uniform shapes beside shapely's areas, closed forms, and quadrature of the blur."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from flowlab.core.distributions import polygons
from flowlab.core.document import shapes
from flowlab.core.document.limits import Invalid
from tests.helpers.randomness import rng

BENT = ((0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0))
STAR = tuple(
    (r * math.cos(k * math.pi / 5), r * math.sin(k * math.pi / 5))
    for k, r in enumerate([2.0, 0.7] * 5)
)


@pytest.mark.parametrize("corners", [BENT, STAR, BENT[::-1]], ids=["bent", "star", "clockwise"])
def test_triangles_fill_the_polygon_without_overlap(corners: tuple) -> None:
    whole = shapely.Polygon(corners)
    parts = polygons.triangulate(np.array(corners))
    assert polygons.areas(parts).sum() == pytest.approx(whole.area, rel=1e-12)
    sizes = polygons.areas(parts)
    solid = [shapely.Polygon(part) for part, size in zip(parts, sizes, strict=True) if size > 1e-12]
    assert shapely.union_all(solid).symmetric_difference(whole).area < 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.2, 3.0), st.floats(0.05, 1.0)), min_size=3, max_size=9))
def test_any_star_shaped_polygon_has_its_area(rays: list[tuple[float, float]]) -> None:
    turns = 2 * math.pi * np.cumsum([gap for _, gap in rays]) / sum(gap for _, gap in rays)
    corners = [(r * math.cos(a), r * math.sin(a)) for (r, _), a in zip(rays, turns, strict=True)]
    whole = shapely.Polygon(corners)
    if not whole.is_valid:
        return
    parts = polygons.triangulate(np.array(corners))
    assert polygons.areas(parts).sum() == pytest.approx(whole.area, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("corners", [BENT, STAR], ids=["bent", "star"])
def test_draws_are_uniform(corners: tuple) -> None:
    region, whole, n = (
        polygons.polygon(shapes.Polygon(vertices=corners)),
        shapely.Polygon(corners),
        40_000,
    )
    x, label = region.draw(n, rng(1))
    assert label is None
    assert bool(shapely.contains_xy(whole.buffer(1e-9), *x.numpy().T).all())
    left, low, right, high = whole.bounds
    xs, ys = np.linspace(left, right, 6), np.linspace(low, high, 6)
    counts, *_ = np.histogram2d(*x.numpy().T, bins=(xs, ys))
    for i in range(5):
        for j in range(5):
            box = shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1])
            share = n * whole.intersection(box).area / whole.area
            assert abs(counts[i, j] - share) <= 4.5 * math.sqrt(share) + 1e-9


def test_density_is_one_over_the_area_within_and_nothing_without() -> None:
    region, whole = polygons.polygon(shapes.Polygon(vertices=STAR)), shapely.Polygon(STAR)
    x = torch.rand(5000, 2, dtype=torch.float64, generator=rng(2)) * 5 - 2.5
    inside = shapely.contains_xy(whole, *x.numpy().T)
    logs = region.log_density(x, 0.0, 0.0).numpy()
    np.testing.assert_allclose(logs[inside], -math.log(whole.area), atol=1e-7)
    assert bool(np.isneginf(logs[~inside]).all())


def test_slack_lets_in_what_is_near_the_edge() -> None:
    region = polygons.polygon(shapes.Polygon(vertices=BENT))
    x = torch.tensor([[-0.05, 1.0], [-0.2, 1.0], [3.05, 1.05], [2.0, 1.2]]).double()
    logs = region.log_density(x, 0.0, 0.1)
    assert logs.isfinite().tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        (((0, 0), (1, 1), (2, 2)), "no area"),
        (((0, 0), (2, 2), (2, 0), (0, 2)), "crosses"),
        (((0, 0), (1, 0), (math.nan, 1)), "finite"),
    ],
)
def test_what_is_no_polygon_is_refused(corners: tuple, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        polygons.polygon(shapes.Polygon(vertices=corners))


@pytest.mark.parametrize("hole", [0.0, 0.6])
def test_an_annulus_has_as_much_within_a_radius_as_its_area(hole: float) -> None:
    ring, n = polygons.disc(shapes.Disc(radius=2.0, hole=hole)), 40_000
    x, _ = ring.draw(n, rng(3))
    r = x.norm(dim=1).numpy()
    assert stats.kstest((r**2 - (2 * hole) ** 2) / (4 - (2 * hole) ** 2), "uniform").pvalue > 1e-4
    angle = np.arctan2(*x.numpy().T)
    assert stats.kstest((angle + np.pi) / (2 * np.pi), "uniform").pvalue > 1e-4
    places = torch.tensor([[1.9, 0.0], [0.1, 0.0], [2.1, 0.0]]).double()
    logs = ring.log_density(places, 0.0, 0.0)
    height = -math.log(4 * math.pi * (1 - hole**2))
    assert float(logs[0]) == pytest.approx(height)
    assert bool(logs[1].isneginf()) == (hole > 0)
    assert bool(logs[2].isneginf())


@pytest.mark.parametrize("count", [2, 3])
def test_a_board_is_dark_at_its_lower_left_and_every_other_square(count: int) -> None:
    board = polygons.checkerboard(shapes.Checkerboard(count=count, half_width=3.0))
    x, k = board.draw(20_000, rng(4))
    square = ((x + 3) / (6 / count)).floor().long()
    assert bool((square.sum(1) % 2 == 0).all())
    assert bool((board.dark[k].long() == square).all())
    dark = (count * count + 1) // 2
    counts = torch.bincount(k, minlength=dark).double()
    assert bool(((counts - 20_000 / dark).abs() < 4.5 * math.sqrt(20_000 / dark)).all())
    logs = board.log_density(x, 0.0, 0.0)
    assert float(logs.min()) == pytest.approx(-math.log(dark * (6 / count) ** 2))


@pytest.mark.parametrize("place", [(0.0, 0.0), (-2.5, -1.0), (3.4, 1.2), (9.0, 0.0)])
def test_a_blurred_board_is_an_integral_over_its_squares(place: tuple[float, float]) -> None:
    sigma, count, half = 0.5, 3, 3.0
    board = polygons.checkerboard(shapes.Checkerboard(count=count, half_width=half))
    side = 2 * half / count
    total = 0.0
    for i in range(count):
        for j in range(count):
            if (i + j) % 2 == 0:
                parts = [
                    integrate.quad(
                        lambda u, c=c: stats.norm.pdf(c, u, sigma),
                        k * side - half,
                        (k + 1) * side - half,
                        epsabs=0,
                    )[0]
                    for k, c in ((i, place[0]), (j, place[1]))
                ]
                total += parts[0] * parts[1]
    log = float(board.log_density(torch.tensor([place]).double(), sigma, 0.0))
    assert log == pytest.approx(math.log(total / (5 * side**2)), abs=1e-6)
    assert board.has_density(sigma)
    assert not polygons.disc(shapes.Disc()).has_density(sigma)


def test_far_from_a_blurred_board_the_logarithm_stays_finite() -> None:
    board = polygons.checkerboard(shapes.Checkerboard(count=2, half_width=1.0))
    logs = board.log_density(torch.tensor([[60.0, 0.0], [0.0, -60.0]]).double(), 1.0, 0.0)
    # the nearest corner tells: -(59^2 / 2) and a little
    assert bool((logs < -0.5 * 58.9**2).all())
    assert bool((logs > -0.5 * 59.5**2).all())
