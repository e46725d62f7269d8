"""Exact fields between regions: known areas, Monte Carlo, finite differences, conservation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from shapely import affinity
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Disc, Gaussian, Polygon, Shape
from flowlab.core.exact.outlines import outline_of
from flowlab.core.exact.polygon import PolygonOracle
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from flowlab.core.metrics import sliced_w2, sliced_w2_floor
from tests.helpers.oracles import check_blank
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TRIANGLE

ARROW = Polygon(vertices=((0.0, 0.0), (3.0, 1.0), (0.0, 2.0), (1.0, 1.0)))  # not convex
COMB = Polygon(
    vertices=(
        *((0, 0), (4, 0), (4, 2), (3, 2), (3, 0.5), (2.5, 0.5), (2.5, 2), (1, 2), (1, 1)),
        (0, 1),
    )
)
BOARD = Checkerboard(count=4, half_width=2.0)
PAIRS = {
    "convex": (TRIANGLE, SQUARE),
    "not convex": (ARROW, replace(COMB, rotation=25.0, offset_x=-1.0)),
    "parallel edges": (SQUARE, replace(SQUARE, scale=2.0)),
    "board": (BOARD, TRIANGLE),
}
TRIGONOMETRIC = interpolant_of(Path(kind="trigonometric"))


def oracle_of(source: Shape, target: Shape, path: Interpolant = LINEAR) -> PolygonOracle:
    oracle = PolygonOracle.of(source, target, path)
    assert oracle is not None
    return oracle


def support(oracle: PolygonOracle, t: float, cells: int = 120) -> tuple[Tensor, float]:
    """Middles of cells that cover x_t, and a cell's area."""
    x = oracle.sample(torch.full((4000,), t), rng())
    low, high = x.amin(0) - 0.4, x.amax(0) + 0.4
    u = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    grid = torch.cartesian_prod(*(low[i] + u * (high[i] - low[i]) for i in (0, 1)))
    return grid, float((high - low).prod()) / cells**2


def means(source: Shape, target: Shape) -> tuple[Tensor, Tensor]:
    one, other = outline_of(source), outline_of(target)
    assert one is not None
    assert other is not None
    return one.mean, other.mean


def test_square_to_square_is_the_triangular_density_and_the_half_way_velocity() -> None:
    unit = Polygon(vertices=((0, 0), (1, 0), (1, 1), (0, 1)))
    oracle = oracle_of(unit, unit)
    x = torch.rand(200, 2, dtype=torch.float64, generator=rng())
    tent = (4 * torch.minimum(x, 1 - x)).prod(1)  # of the mean of two uniforms, on both axes
    torch.testing.assert_close(oracle.density(x, 0.5), tent, atol=1e-8, rtol=1e-8)
    assert float(oracle.velocity(x, 0.5).abs().max()) < 1e-8  # x0 and x1 may change places
    low = torch.where(x < 0.5, 1 / x, 1 / (x - 1))
    torch.testing.assert_close(oracle.score(x, 0.5), low, atol=1e-5, rtol=1e-6)


@pytest.mark.parametrize("t", [0.03, 0.4, 0.5, 0.9])
@pytest.mark.parametrize("kind", PAIRS)
def test_areas_and_centroids_agree_with_shapely(kind: str, t: float) -> None:
    source, target = PAIRS[kind]
    oracle = oracle_of(source, target)
    x = oracle.sample(torch.full((25,), t), rng(2))
    t_, s_ = (_geometry(shape) for shape in (source, target))
    density, v = oracle.density(x, t), oracle.velocity(x, t)
    for point, p, velocity in zip(x.tolist(), density, v, strict=True):
        mirrored = affinity.translate(s_, -point[0] / t, -point[1] / t)
        mirrored = affinity.scale(mirrored, -t / (1 - t), -t / (1 - t), origin=(0, 0))
        part = t_.intersection(mirrored)
        assert float(p) == pytest.approx(part.area / (t_.area * s_.area * t**2), rel=1e-6, abs=1e-9)
        x0 = np.array(part.centroid.coords[0])
        np.testing.assert_allclose(velocity, (point - x0) / t, atol=1e-6)


def _geometry(shape: Shape) -> shapely.Geometry:
    outline = outline_of(shape)
    assert outline is not None
    return shapely.union_all([shapely.Polygon(piece.numpy()) for piece in outline.pieces])


@pytest.mark.parametrize("t", [0.0, 0.2, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("kind", PAIRS)
def test_density_integrates_to_one_and_the_mean_velocity_is_the_gap_of_means(
    kind: str, t: float
) -> None:
    oracle = oracle_of(*PAIRS[kind])
    grid, area = support(oracle, t)
    density, v = oracle.density(grid, t), oracle.velocity(grid, t)
    assert float(density.sum()) * area == pytest.approx(1, abs=0.03)
    mean0, mean1 = means(*PAIRS[kind])
    mean = (density[:, None] * v).nan_to_num(0).sum(0) / density.sum()
    torch.testing.assert_close(mean, mean1 - mean0, atol=0.06, rtol=0.02)


@pytest.mark.parametrize("path", [LINEAR, TRIGONOMETRIC], ids=["linear", "trigonometric"])
@pytest.mark.parametrize("kind", PAIRS)
def test_score_is_the_gradient_of_the_log_density(kind: str, path: Interpolant) -> None:
    oracle = oracle_of(*PAIRS[kind], path)
    for t in (0.3, 0.5, 0.8):
        x = oracle.sample(torch.full((300,), t), rng(1))
        x = x[oracle.density(x, t) > 1e-3]
        h = 1e-6
        for axis, step in enumerate(h * torch.eye(2, dtype=torch.float64)):
            slope = (oracle.log_density(x + step, t) - oracle.log_density(x - step, t)) / (2 * h)
            off = (oracle.score(x, t)[:, axis] - slope).abs() / (1 + slope.abs())
            assert float(off.quantile(0.95)) < 1e-4  # a kink may lie between


@pytest.mark.parametrize("path", [LINEAR, TRIGONOMETRIC], ids=["linear", "trigonometric"])
@pytest.mark.parametrize("kind", PAIRS)
def test_density_and_velocity_conserve_mass(kind: str, path: Interpolant) -> None:
    oracle, h, t = oracle_of(*PAIRS[kind], path), 1e-4, 0.35
    x = oracle.sample(torch.full((400,), t), rng(1))
    x = x[oracle.density(x, t) > 0.02]
    rate = (oracle.density(x, t + h) - oracle.density(x, t - h)) / (2 * h)

    def flux(at: Tensor, axis: int) -> Tensor:
        return oracle.density(at, t) * oracle.velocity(at, t)[:, axis]

    steps = h * torch.eye(2, dtype=torch.float64)
    divergence = sum((flux(x + s, i) - flux(x - s, i)) / (2 * h) for i, s in enumerate(steps))
    off = (rate + divergence).abs() / (1 + rate.abs())
    assert float(off.quantile(0.9)) < 1e-3  # the density has kinks


@pytest.mark.parametrize("kind", PAIRS)
def test_both_ends_of_time_are_the_regions_themselves(kind: str) -> None:
    source, target = PAIRS[kind]
    oracle, (mean0, mean1) = oracle_of(source, target), means(source, target)
    for t, shape in ((0.0, source), (1.0, target)):
        x = build(shape).sample(200, rng()).double()
        expected = build(shape).log_prob(x).double()
        sure = (oracle.inside(x + 1e-5, t)) & (oracle.inside(x - 1e-5, t))
        torch.testing.assert_close(oracle.log_density(x, t)[sure], expected[sure])
        known = mean1 - x if t == 0 else x - mean0
        torch.testing.assert_close(oracle.velocity(x, t)[sure], known[sure], atol=1e-7, rtol=1e-7)
        assert float(oracle.score(x, t)[sure].abs().max()) == 0


@pytest.mark.parametrize("kind", PAIRS)
def test_velocity_is_continuous_at_both_ends_and_where_roles_change(kind: str) -> None:
    oracle = oracle_of(*PAIRS[kind])
    for t, h in ((1e-7, 1e-7), (0.5, 1e-9), (1 - 1e-7, 1e-7)):
        x = oracle.sample(torch.full((300,), t), rng(3))
        gap = (oracle.velocity(x, t + h) - oracle.velocity(x, t - h)).norm(dim=1)
        assert float(gap.nan_to_num(0).quantile(0.97)) < 1e-5


def test_outside_the_support_it_is_blank() -> None:
    oracle = oracle_of(TRIANGLE, replace(SQUARE, offset_x=15.0))  # far from each other
    for t in (0.0, 0.5, 1.0):
        check_blank(oracle, t)
    within, between = [-2.0, 0.0], [7.0, 0.0]
    assert oracle.inside(torch.tensor([within, between]), 0.0).tolist() == [True, False]


@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("kind", PAIRS)
def test_pairs_blend_to_their_point_and_average_to_the_velocity(kind: str, t: float) -> None:
    source, target = PAIRS[kind]
    oracle = oracle_of(source, target)
    x = oracle.sample(torch.full((6,), t), rng(4))
    n = 4000
    x0, x1 = oracle.pairs(x, t, n, rng(5))
    torch.testing.assert_close((1 - t) * x0 + t * x1, x[:, None].expand_as(x0))
    gap = x1 - x0
    error = 5 * gap.std(1) / n**0.5 + 1e-6
    assert bool(((gap.mean(1) - oracle.velocity(x, t)).abs() < error).all())
    trace = gap.var(1).sum(-1)
    torch.testing.assert_close(trace, oracle.residual(x, t), rtol=0.1, atol=1e-6)
    for drawn, shape in ((x0, source), (x1, target)):
        inside = build(shape).log_prob(drawn.reshape(-1, 2)).isfinite()
        assert float(inside.double().mean()) > 0.999


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """Polygons that can be seen whole from the origin, convex or not, in either direction."""
    corners = draw(
        st.lists(st.tuples(st.floats(0, 0.4), st.floats(0.3, 2)), min_size=3, max_size=9)
    )
    turns = [2 * math.pi * (k + late) / len(corners) for k, (late, _) in enumerate(corners)]
    rows = [(r * math.cos(a), r * math.sin(a)) for a, (_, r) in zip(turns, corners, strict=True)]
    offset = draw(st.floats(-2, 2))
    return Polygon(vertices=tuple(rows[:: draw(st.sampled_from([1, -1]))]), offset_x=offset)


@settings(max_examples=12, deadline=None)
@given(stars(), stars(), st.floats(0.02, 0.98), st.integers(0, 1000))
def test_random_polygons_agree_with_pairs_drawn_and_binned(
    source: Polygon, target: Polygon, t: float, seed: int
) -> None:
    oracle, n = oracle_of(source, target), 10_000
    x0, x1 = (
        build(shape).sample(n, rng(seed + i)).double() for i, shape in enumerate((source, target))
    )
    x = (1 - t) * x0 + t * x1
    v = oracle.velocity(x, t)
    assert float(v.isnan().double().mean()) < 1e-3  # single precision, on the very edge
    # The residual x1 - x0 - E[x1 - x0 | x] has mean zero whatever function of x it is times.
    off = (x1 - x0 - v).nan_to_num(0)
    for weight in (torch.ones(n), (x - x.mean(0))[:, 0], (x[:, 1] > x[:, 1].mean()).double()):
        moment = weight.double()[:, None] * off
        assert bool((moment.mean(0).abs() < 6 * moment.std(0) / n**0.5 + 1e-9).all())
    # And 1 / density has mean equal to the area of the support.
    near = x.std(0).norm() / 4
    centre = x[0]
    share = ((x - centre).norm(dim=1) < near).double()
    disc = centre + near * _disc(4000, seed)
    expected = float(oracle.density(disc, t).mean() * math.pi * near**2)
    spread = float(share.std()) / n**0.5 + float(oracle.density(disc, t).std() * near**2) / 20
    assert abs(float(share.mean()) - expected) < 6 * spread


def _disc(n: int, seed: int) -> Tensor:
    r, angle = torch.rand(2, n, dtype=torch.float64, generator=rng(seed))
    angle = 2 * math.pi * angle
    return r.sqrt()[:, None] * torch.stack([angle.cos(), angle.sin()], 1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", PAIRS)
def test_following_the_velocity_carries_the_source_to_the_target(kind: str) -> None:
    source, target = PAIRS[kind]
    oracle, n, steps = oracle_of(source, target), 1500, 30
    x = build(source).sample(n, rng(1)).double()
    last = torch.zeros_like(x)

    def velocity(at: Tensor, t: float) -> Tensor:
        v = oracle.velocity(at, t)
        return torch.where(v.isnan(), last, v)  # a step may end a hair outside

    for k in range(steps):
        t, h = k / steps, 1 / steps
        last = k1 = velocity(x, t)
        k2 = velocity(x + h / 2 * k1, t + h / 2)
        k3 = velocity(x + h / 2 * k2, t + h / 2)
        k4 = velocity(x + h * k3, t + h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    floor = sliced_w2_floor(build(target), n)
    assert sliced_w2(x.float(), build(target).sample(n, rng(9))) < 1.5 * floor


def test_times_may_differ_from_point_to_point() -> None:
    oracle = oracle_of(ARROW, COMB)
    t = torch.linspace(0, 1, 60, dtype=torch.float64)
    x = oracle.sample(t, rng())
    whole = oracle.velocity(x, t)
    for k in (0, 20, 31, 59):
        torch.testing.assert_close(whole[k], oracle.velocity(x[k : k + 1], float(t[k]))[0])


def test_which_way_corners_run_and_corners_given_twice_make_no_difference() -> None:
    other = Polygon(vertices=(*ARROW.vertices[::-1], ARROW.vertices[0]))
    x = torch.tensor([[0.5, 1.0], [1.0, 1.2]])
    ours = oracle_of(ARROW, SQUARE).velocity(x, 0.4)
    torch.testing.assert_close(oracle_of(other, SQUARE).velocity(x, 0.4), ours)
    assert ours.dtype == torch.float32


def test_no_points_give_no_answers() -> None:
    oracle, none = oracle_of(TRIANGLE, SQUARE), torch.zeros(0, 2)
    assert oracle.velocity(none, 0.5).shape == (0, 2)
    assert oracle.density(none, 0.5).shape == (0,)
    assert oracle.pairs(none, 0.5, 3)[0].shape == (0, 3, 2)


def test_only_regions_with_straight_edges_and_without_noise_have_one() -> None:
    assert PolygonOracle.of(Gaussian(), SQUARE, LINEAR) is None
    assert PolygonOracle.of(SQUARE, Disc(), LINEAR) is None
    assert PolygonOracle.of(replace(SQUARE, noise=0.1), SQUARE, LINEAR) is None
    assert PolygonOracle.of(SQUARE, SQUARE, replace(LINEAR, noisy=True)) is None
    many = Polygon(vertices=tuple((math.cos(a / 40), math.sin(a / 40)) for a in range(250)))
    assert PolygonOracle.of(many, many, LINEAR) is None
    assert oracle_of(SQUARE, TRIANGLE).facts.exact


@pytest.mark.parametrize(
    ("corners", "sentence"),
    [
        (((0, 0), (1, 1), (2, 2)), "no area"),
        (((1, 1), (1, 1), (1, 1)), "no area"),
        (((0, 0), (1, 1), (1, 0), (0, 1)), "crosses"),
    ],
)
def test_a_polygon_that_is_none_is_refused_in_a_sentence(
    corners: tuple[tuple[float, float], ...], sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        PolygonOracle.of(Polygon(vertices=corners), SQUARE, LINEAR)


@pytest.mark.parametrize("t", [0.1, 0.5, 0.8])
def test_few_pairs_of_many_points_are_distributed_as_many_of_one(t: float) -> None:
    oracle = oracle_of(*PAIRS["not convex"])
    x = oracle.sample(torch.tensor([t]), rng(3))
    many = oracle.pairs(x, t, 6000, rng(1))
    few = oracle.pairs(x.expand(6000, 2), t, 1, rng(2))
    for one, other in zip(many, few, strict=True):
        for axis in (0, 1):
            p = stats.ks_2samp(one[0, :, axis].numpy(), other[:, 0, axis].numpy()).pvalue
            assert p > 1e-3
