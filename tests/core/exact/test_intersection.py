"""Intersections of two regions in y-space, beside shapely's own and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from shapely import affinity

from flowlab.core.document.shapes import Checkerboard, Polygon
from flowlab.core.exact.intersection import intersect, sample_intersection
from flowlab.core.exact.outlines import Outline, outline_of
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TRIANGLE

BENT = Polygon(vertices=((0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)), rotation=20.0)
BOARD = Checkerboard(count=3, half_width=1.5, rotation=10.0)
PAIRS = {
    "convex": (SQUARE, TRIANGLE),
    "bent": (BENT, TRIANGLE),
    "both bent": (BENT, Polygon(vertices=((0, 0), (2, 1), (0, 2), (0.5, 1)))),
    "board": (BOARD, SQUARE),
}


def outline(shape: Polygon | Checkerboard) -> Outline:
    found = outline_of(shape)
    assert found is not None
    return found


def region(of: Outline) -> shapely.Geometry:
    return shapely.union_all([shapely.Polygon(part) for part in of.pieces.numpy()])


def cut(fixed: Outline, moving: Outline, x: np.ndarray, a: float, b: float) -> shapely.Geometry:
    """`fixed` and (x - a moving) / b."""
    moved = affinity.affine_transform(region(moving), [-a / b, 0, 0, -a / b, *(x / b)])
    return region(fixed).intersection(moved)


def second_moment(part: shapely.Geometry) -> float:
    """E|y - mean|^2 of a uniform region, from its triangles: area (sum of squared sides) / 36."""
    mean, total = np.array(part.centroid.coords[0]), 0.0
    for triangle in shapely.constrained_delaunay_triangles(part).geoms:
        corners = np.array(triangle.exterior.coords)[:3]
        own = np.square(corners - np.roll(corners, 1, axis=0)).sum() / 36
        total += triangle.area * (own + np.square(corners.mean(0) - mean).sum())
    return total / part.area


def places(fixed: Outline, moving: Outline, a: float, b: float, n: int = 12) -> np.ndarray:
    """Points a u + b y, of pairs that could be drawn."""
    draw = np.random.default_rng(0)

    def inside(of: Outline) -> np.ndarray:
        whole, found = region(of), []
        x0, y0, x1, y1 = whole.bounds
        while len(found) < n:
            p = draw.uniform((x0, y0), (x1, y1))
            if whole.contains(shapely.Point(p)):
                found.append(p)
        return np.array(found)

    return a * inside(moving) + b * inside(fixed)


@pytest.mark.parametrize("blend", [(0.4, 0.6), (0.7, 0.3), (-0.5, 0.8)])
@pytest.mark.parametrize("name", PAIRS)
def test_area_mean_variance_and_score_are_those_of_the_intersection(
    name: str, blend: tuple[float, float]
) -> None:
    fixed, moving = (outline(shape) for shape in PAIRS[name])
    a, b = blend
    x = places(fixed, moving, a, b)
    each = torch.ones(len(x), 1, dtype=torch.float64)
    found = intersect(fixed, moving, torch.from_numpy(x), a * each, b * each)
    for k, place in enumerate(x):
        true = cut(fixed, moving, place, a, b)
        assert float(found.area[k]) == pytest.approx(true.area, rel=1e-6)
        np.testing.assert_allclose(found.mean[k], true.centroid.coords[0], atol=1e-6)
        assert float(found.variance[k]) == pytest.approx(second_moment(true), rel=1e-5)
        h = 1e-6
        slope = [
            (cut(fixed, moving, place + s, a, b).area - cut(fixed, moving, place - s, a, b).area)
            / (2 * h * true.area)
            for s in h * np.eye(2)
        ]
        np.testing.assert_allclose(found.score[k], slope, rtol=1e-3, atol=1e-4)


def test_nothing_shared_is_no_area_and_nothing_known() -> None:
    fixed, moving = outline(SQUARE), outline(TRIANGLE)
    half = torch.full((1, 1), 0.5, dtype=torch.float64)
    found = intersect(fixed, moving, torch.tensor([[50.0, 0.0]], dtype=torch.float64), half, half)
    assert found.area.tolist() == [0.0]
    for known in (found.mean, found.variance, found.score):
        assert bool(known.isnan().all())


def test_edges_on_one_line_are_counted_once() -> None:
    square = outline(Polygon(vertices=((0, 0), (1, 0), (1, 1), (0, 1))))
    half = torch.full((1, 1), 0.5, dtype=torch.float64)
    x = torch.tensor([[0.5, 0.5]], dtype=torch.float64)  # the mirrored square is the square itself
    found = intersect(square, square, x, half, half)
    assert float(found.area) == pytest.approx(1.0, abs=1e-8)
    np.testing.assert_allclose(found.mean[0], [0.5, 0.5], atol=1e-8)
    assert float(found.variance) == pytest.approx(1 / 6, abs=1e-8)


def test_many_points_are_cut_into_blocks_without_a_difference() -> None:
    fixed, moving = outline(BENT), outline(BOARD)
    x = torch.from_numpy(places(fixed, moving, 0.5, 0.5, 60))
    x = x.repeat(10, 1)  # more than are held at once
    a = torch.full((len(x), 1), 0.5, dtype=torch.float64)
    whole = intersect(fixed, moving, x, a, a)
    for k in (0, 137, 599):
        alone = intersect(fixed, moving, x[k : k + 1], a[:1], a[:1])
        torch.testing.assert_close(whole.area[k], alone.area[0], rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", PAIRS)
def test_draws_are_uniform_on_what_is_shared(name: str) -> None:
    fixed, moving = (outline(shape) for shape in PAIRS[name])
    a, b, n = 0.4, 0.6, 4000
    x = places(fixed, moving, a, b, 5)
    each = torch.ones(len(x), 1, dtype=torch.float64)
    blend = (torch.from_numpy(x), a * each, b * each)
    drawn = sample_intersection(fixed, moving, blend, n, rng(1)).numpy()
    for place, y in zip(x, drawn, strict=True):
        true = cut(fixed, moving, place, a, b)
        assert bool(shapely.contains_xy(true.buffer(1e-6), y[:, 0], y[:, 1]).all())
        spread = second_moment(true)
        error = np.linalg.norm(y.mean(0) - true.centroid.coords[0])
        assert error < 4 * np.sqrt(spread / n)
        x0, y0, x1, _ = true.bounds
        left = true.intersection(shapely.box(x0, y0, (x0 + x1) / 2, 1e9)).area / true.area
        assert np.mean(y[:, 0] < (x0 + x1) / 2) == pytest.approx(left, abs=4 * 0.5 / np.sqrt(n))


def test_draws_of_nothing_are_no_points() -> None:
    fixed, moving = outline(SQUARE), outline(TRIANGLE)
    half = torch.full((1, 1), 0.5, dtype=torch.float64)
    blend = (torch.tensor([[50.0, 0.0]], dtype=torch.float64), half, half)
    assert bool(sample_intersection(fixed, moving, blend, 3, rng()).isnan().all())
