"""Distributions: moments, densities that integrate to one, sampling that agrees with them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from flowlab.core.distributions.categorical import sample_alias
from flowlab.core.distributions.factory import _LOCALS, Distribution, _moved, build
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import (
    KINDS,
    Checkerboard,
    Disc,
    Drawing,
    Gaussian,
    Grid,
    Mixture,
    Moons,
    Picture,
    Pinwheel,
    Points,
    Polygon,
    Ring,
    Rings,
    SCurve,
    Smiley,
    Spiral,
    Stroke,
    SwissRoll,
)
from tests.helpers.randomness import rng
from tests.helpers.shapes import ARC

RNG = np.random.default_rng(5)
DATA = {
    "points": Points(points=Array(RNG.normal(size=(60, 2))), noise=0.3),
    "grid": Grid(density=Array(RNG.uniform(0, 1, (9, 7))), extent=(-2.0, 1.0, 0.0, 3.0)),
    "picture": Picture(pixels=Array(RNG.integers(0, 256, (30, 20)), np.uint8), contrast=2.0),
    "drawing": Drawing(strokes=(Stroke(path=Array(ARC), size=0.8),)),
}
SHAPES = {name: shape for name, (_, shape) in GALLERY.items()} | DATA
DENSE = [name for name, shape in SHAPES.items() if build(shape).has_log_prob]
PLACED = {"scale": 0.7, "rotation": 37.0, "offset_x": 1.5, "offset_y": -2.0}


def lattice(d: Distribution, cells: int) -> tuple[Tensor, float]:
    """Middles (cells^2, 2) of the cells that tile the extent, columns first, and a cell's area."""
    x0, x1, y0, y1 = d.extent
    u = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    x = torch.cartesian_prod(x0 + u * (x1 - x0), y0 + u * (y1 - y0))
    return x, (x1 - x0) * (y1 - y0) / cells**2


def masses(d: Distribution, cells: int = 160) -> tuple[Tensor, Tensor]:
    x, area = lattice(d, cells)
    return x, d.log_prob(x).double().exp() * area


def assert_sampling_agrees(d: Distribution, bins: int = 16, fine: int = 12) -> None:
    """Chi-square of 20,000 samples against log_prob summed over coarse bins."""
    n, side = 20_000, bins * fine
    _, mass = masses(d, side)
    expected = n * mass.reshape(bins, fine, bins, fine).sum((1, 3)).flatten().numpy()
    x0, x1, y0, y1 = d.extent
    x = d.sample(n, rng(1)).numpy()
    counts, *_ = np.histogram2d(x[:, 0], x[:, 1], bins, ((x0, x1), (y0, y1)))
    assert counts.sum() >= n * 0.999
    full = expected > 8
    observed = np.append(counts.ravel()[full], counts.ravel()[~full].sum())
    predicted = np.append(expected[full], max(expected[~full].sum(), 1.0))
    # The midpoint rule errs at sharp edges; a share of 1.5 % more variance allows for that.
    spread = predicted + (0.015 * predicted) ** 2
    chi2 = ((observed - predicted) ** 2 / spread).sum()
    assert stats.chi2.sf(chi2, len(observed) - 1) > 1e-4


def test_every_kind_is_covered() -> None:
    assert {type(shape).kind for shape in SHAPES.values()} == set(KINDS)


@pytest.mark.parametrize("name", SHAPES)
def test_samples_are_float32_pairs_that_the_generator_decides(name: str) -> None:
    shape = SHAPES[name]
    x = build(shape).sample(500, rng(3))
    assert (x.dtype, x.shape) == (torch.float32, (500, 2))
    assert torch.equal(x, build(replace(shape)).sample(500, rng(3)))
    assert not torch.equal(x, build(shape).sample(500, rng(4)))


@pytest.mark.parametrize("name", SHAPES)
def test_the_extent_holds_the_mass(name: str) -> None:
    d = build(replace(SHAPES[name], **PLACED))  # type: ignore[arg-type]
    x0, x1, y0, y1 = d.extent
    x, y = d.sample(5000, rng()).T
    inside = (x >= x0 - 1e-5) & (x <= x1 + 1e-5) & (y >= y0 - 1e-5) & (y <= y1 + 1e-5)
    assert inside.double().mean() > 0.998
    assert (x.max() - x.min()) > 0.35 * (x1 - x0)


@pytest.mark.parametrize("name", DENSE)
def test_log_prob_integrates_to_one(name: str) -> None:
    _, mass = masses(build(replace(SHAPES[name], scale=1.3, rotation=10.0)), 200)
    assert float(mass.sum()) == pytest.approx(1, abs=6e-3)


@pytest.mark.parametrize("name", DENSE)
def test_sampling_agrees_with_log_prob_when_placed(name: str) -> None:
    assert_sampling_agrees(build(replace(SHAPES[name], **PLACED)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DENSE)
def test_samples_lie_where_the_density_is_finite(name: str) -> None:
    d = build(replace(SHAPES[name], **PLACED))  # type: ignore[arg-type]
    assert bool(d.log_prob(d.sample(20_000, rng())).isfinite().all())


@pytest.mark.parametrize("name", ["eight_gaussians", "mixture", "checkerboard", "spiral", "points"])
@pytest.mark.parametrize("noise", [0.05, 0.6])
def test_noise_is_a_deviation_after_placement(name: str, noise: float) -> None:
    shape = replace(SHAPES[name], **PLACED, noise=0.0)  # type: ignore[arg-type]
    still, noisy = (build(replace(shape, noise=s)).sample(40_000, rng(2)) for s in (0.0, noise))
    more = noisy.T.double().cov() - still.T.double().cov()
    assert torch.allclose(more, noise**2 * torch.eye(2).double(), atol=0.02 * (1 + noise))
    assert_sampling_agrees(build(replace(shape, noise=noise)))


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(SHAPES.keys() - {"drawing", "text"})),
    scale=st.floats(0.05, 20),
    rotation=st.floats(-180, 180),
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
)
def test_placement_scales_then_turns_then_moves(
    name: str, scale: float, rotation: float, x: float, y: float
) -> None:
    plain = replace(SHAPES[name], noise=0.0)
    placed = replace(plain, scale=scale, rotation=rotation, offset_x=x, offset_y=y)
    a, b = (build(shape).sample(64, rng(7)).double() for shape in (plain, placed))
    angle = math.radians(rotation)
    turn = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    moved = scale * a @ turn.double() + torch.tensor([x, y])
    assert torch.allclose(b, moved, atol=1e-5 * (1 + 20 * scale), rtol=0)
    if build(plain).has_log_prob:
        gap = build(placed).log_prob(b) - build(plain).log_prob(a) + 2 * math.log(scale)
        assert gap.abs().median() < 1e-2


def test_gaussian_moments() -> None:
    d = build(Gaussian(std_x=2.0, std_y=0.5, correlation=0.6, offset_x=1.0))
    x = d.sample(100_000, rng()).double()
    cov = torch.tensor([[4.0, 0.6], [0.6, 0.25]], dtype=torch.float64)
    assert torch.allclose(x.mean(0), torch.tensor([1.0, 0.0]).double(), atol=0.03)
    assert torch.allclose(x.T.cov(), cov, atol=0.05)
    reference = stats.multivariate_normal([1, 0], cov).logpdf(x[:50])
    assert np.allclose(d.log_prob(x[:50]), reference, atol=1e-4)


def test_the_seed_notebooks_eight_gaussians() -> None:
    d = build(Ring())
    x = d.sample(200_000, rng()).double()
    angle = torch.arange(8).double() * math.pi / 4
    means = 5 * torch.stack([angle.sin(), angle.cos()], dim=1)
    nearest = torch.cdist(x, means).argmin(1)
    rest = x - means[nearest]
    core = rest[rest.norm(dim=1) < 1.5]  # neighbours are 3.83 apart: hardly any is taken wrong
    r2 = core.square().sum(1)
    # For a Gaussian of variance s2 cut at r^2 = c: E r^2 = 2 s2 - c / (e^(c / 2 s2) - 1).
    s2 = 0.49
    cut = 2 * s2 - 2.25 / (math.exp(2.25 / (2 * s2)) - 1)
    assert float(r2.mean()) == pytest.approx(cut, rel=0.01)
    assert torch.allclose(nearest.bincount() / 200_000.0, torch.full((8,), 0.125), atol=0.004)
    assert float(x.T.cov().trace()) == pytest.approx(25 + 2 * 0.49, rel=0.01)


def test_a_placed_mixture_gives_its_exact_parameters() -> None:
    shape = Mixture(
        means=((1.0, 0.0), (-2.0, 1.0)),
        covs=((0.5, 0.2, 0.4), (1.0, 0.0, 0.1)),
        weights=(3.0, 1.0),
        noise=0.3,
        **PLACED,  # type: ignore[arg-type]
    )
    mixture = build(shape).mixture()
    assert mixture is not None
    reference = sum(
        w * stats.multivariate_normal(m, c).pdf(POINTS)
        for w, m, c in zip(
            mixture.weights.tolist(), mixture.means.numpy(), mixture.covs.numpy(), strict=True
        )
    )
    assert np.allclose(build(shape).log_prob(torch.tensor(POINTS)).exp(), reference, rtol=1e-4)
    assert mixture.weights.tolist() == pytest.approx([0.75, 0.25])
    turn = 0.7 * np.exp(1j * np.radians(37.0))
    assert complex(*mixture.means[1].tolist()) == pytest.approx(turn * (-2 + 1j) + 1.5 - 2j)


POINTS = RNG.uniform(-3, 3, (40, 2))


@pytest.mark.parametrize("name", SHAPES)
def test_only_mixtures_call_themselves_one(name: str) -> None:
    exact = isinstance(SHAPES[name], (Gaussian, Ring, Mixture))
    assert (build(SHAPES[name]).mixture() is not None) == exact


def test_far_tails_keep_their_digits() -> None:
    x = torch.tensor([[40.0, 0.0]])
    assert float(build(Gaussian(std_x=0.5)).log_prob(x)) == pytest.approx(-3201.14473, rel=1e-6)
    board = build(Checkerboard(count=2, half_width=1.0, noise=0.5))
    # Nearest dark square is [0, 1]^2; log Phi(-78) from the asymptotic series.
    tail = stats.norm.logsf(78.0) + math.log(stats.norm.cdf(2.0) - 0.5) - math.log(2)
    assert float(board.log_prob(x)) == pytest.approx(tail, rel=1e-5)


def test_landmarks() -> None:
    """Points that these shapes are known by, as in scikit-learn's but centred and scaled."""
    x = build(Moons(radius=1.0, noise=0.0)).sample(20_000, rng()) + torch.tensor([0.5, 0.25])
    upper, lower = x[:, 1] > 0.5, x[:, 1] < 0
    assert torch.allclose(x[upper].norm(dim=1), torch.ones(int(upper.sum())), atol=1e-4)
    centre = torch.tensor([1.0, 0.5])
    assert torch.allclose((x[lower] - centre).norm(dim=1), torch.ones(int(lower.sum())), atol=1e-4)
    x = build(SCurve(radius=1.0, noise=0.0)).sample(5000, rng())
    gap = (x - torch.tensor([0.0, 1.0]) * x[:, 1:].sign()).norm(dim=1)
    assert torch.allclose(gap, torch.ones(5000), atol=1e-4)
    assert not ((x[:, 0] > 0.01) & (x[:, 1] < -0.01) & (x[:, 1] > -0.99) & (x[:, 0] < 0)).any()
    x = build(SwissRoll(radius=4.5 * math.pi, noise=0.0)).sample(5000, rng()).double()
    r, angle = x.norm(dim=1), torch.atan2(x[:, 1], x[:, 0])
    assert float(torch.cos(r - angle).min()) > 0.9999
    assert float(r.min()) == pytest.approx(1.5 * math.pi, abs=0.05)


def test_rings_carry_mass_by_their_length() -> None:
    r = build(Rings(noise=0.0)).sample(60_000, rng()).norm(dim=1)
    share = torch.bincount((r / 4 * 3).round().long())[1:] / 60_000
    assert torch.allclose(share, torch.tensor([1.0, 2.0, 3.0]) / 6, atol=0.01)


def test_curves_are_uniform_by_arc_length() -> None:
    """On an Archimedean arm r = c + b angle, arc length is a known function of the radius."""
    x = build(Spiral(count=1, turns=2.0, radius=1.0, noise=0.0)).sample(20_000, rng()).double()
    b = 0.94 / (4 * math.pi)
    z = x.norm(dim=1) / b
    length = (z * (1 + z * z).sqrt() + z.asinh()) / 2
    u = (length - length.min()) / (length.max() - length.min())
    assert stats.kstest(u.numpy(), "uniform").pvalue > 1e-3


def test_a_smiley_has_two_eyes_and_a_mouth() -> None:
    x = build(Smiley(radius=1.0, noise=0.0)).sample(20_000, rng())
    inner = x[x.norm(dim=1) < 0.9]
    eyes = inner[inner[:, 1] > 0.1]
    assert float(inner[inner[:, 1] < 0.1][:, 1].max()) < -0.2
    assert torch.allclose(eyes[eyes[:, 0] > 0].mean(0), torch.tensor([0.36, 0.3]), atol=0.01)
    share = len(eyes) / 20_000
    arc = 0.58 * math.radians(130)
    assert share == pytest.approx(0.4 * math.pi / (2.4 * math.pi + arc), abs=0.01)


def test_curve_density_matches_a_brute_sum() -> None:
    """Gauss-Legendre against the mean of a million kernels along a circle."""
    d = build(Rings(count=1, radius=2.0, noise=0.2))
    angle = torch.arange(20_000).double() * (2 * math.pi / 20_000)
    circle = 2 * torch.stack([angle.cos(), angle.sin()], dim=1)
    x = torch.rand(40, 2, generator=rng()).double() * 5 - 2.5
    square = torch.cdist(x, circle).square()
    brute = (-square / 0.08).exp().mean(1) / (0.08 * math.pi)
    assert torch.allclose(d.log_prob(x).double(), brute.log(), atol=1e-4)


def test_curve_density_at_an_open_end() -> None:
    """At the end of a long arc half a line's density is left."""
    d = build(Moons(radius=10.0, noise=0.05))
    length = 2 * math.pi * 10
    half = 0.5 / (length * 0.05 * math.sqrt(2 * math.pi))
    end = torch.tensor([[-15.0, -2.5]])
    assert float(d.log_prob(end).exp()) == pytest.approx(half, rel=2e-3)


def test_without_noise_curves_and_points_have_no_density() -> None:
    for shape in (Moons(noise=0.0), replace(DATA["points"], noise=0.0), Moons(noise=1e-5)):
        d = build(shape)
        assert not d.has_log_prob
        with pytest.raises(Invalid, match="not known"):
            d.log_prob(torch.zeros(1, 2))


def test_log_prob_wants_pairs() -> None:
    with pytest.raises(Invalid, match="shape"):
        build(Gaussian()).log_prob(torch.zeros(3))


def test_disc_and_annulus_moments() -> None:
    for hole in (0.0, 0.6):
        x = build(Disc(radius=2.0, hole=hole)).sample(50_000, rng()).double()
        assert float(x.square().sum(1).mean()) == pytest.approx(2 * (1 + hole**2), rel=0.01)
        assert float(x.norm(dim=1).min()) >= 2 * hole - 1e-6


def test_the_boards_lower_left_square_is_dark() -> None:
    d = build(Checkerboard())
    assert float(d.log_prob(torch.tensor([[-3.0, -3.0]])).exp()) == pytest.approx(1 / 32)
    assert float(d.log_prob(torch.tensor([[-1.0, -3.0]]))) == -math.inf
    assert float(d.log_prob(torch.tensor([[4.1, 3.0]]))) == -math.inf


def test_pinwheel_undoes_its_twist() -> None:
    """With no twist it is five Gaussians; the twist moves no point off its circle."""
    straight = build(Pinwheel(twist=0.0)).sample(1000, rng(1))
    twisted = build(Pinwheel(twist=0.5)).sample(1000, rng(1))
    assert torch.allclose(straight.norm(dim=1), twisted.norm(dim=1), atol=1e-5)
    assert (straight - twisted).norm(dim=1).median() > 0.5


STAR = tuple(
    ((2 + (k % 2) * 2) * math.cos(k * 0.4 + 0.1), (2 + (k % 2) * 2) * math.sin(k * 0.4 + 0.1))
    for k in range(15)
)
COMB = (*((float(k), 3.0 if k % 2 else 1.0) for k in range(9)), (8.0, 0.0), (0.0, 0.0))


@pytest.mark.parametrize("vertices", [STAR, STAR[::-1], COMB, (*COMB, COMB[0])])
def test_polygons_that_are_not_convex(vertices: tuple[tuple[float, float], ...]) -> None:
    from shapely import Polygon as Outline
    from shapely import contains_xy

    outline = Outline(vertices)
    d = build(Polygon(vertices=vertices))
    x = d.sample(20_000, rng()).double()
    assert bool(contains_xy(outline.buffer(1e-5), x.numpy()).all())
    centre = torch.tensor(outline.centroid.coords[0]).double()
    assert torch.allclose(x.mean(0), centre, atol=0.05)
    probes = torch.rand(2000, 2, generator=rng()).double() * 10 - 4
    inside = torch.tensor(contains_xy(outline, probes.numpy()))
    assert torch.equal(d.log_prob(probes).isfinite(), inside)
    assert float(d.log_prob(x[:1]).exp()) == pytest.approx(1 / outline.area, rel=1e-5)
    assert_sampling_agrees(d, fine=24)


@pytest.mark.parametrize(
    ("vertices", "words"),
    [
        (((0, 0), (1, 1), (1, 0), (0, 1)), "crosses"),
        (((0, 0), (1, 1), (2, 2)), "no area"),
        (((1, 1), (1, 1), (1, 1)), "no area"),
        (((0, 0), (1, math.nan), (2, 2)), "finite"),
    ],
)
def test_polygons_that_are_none(vertices: tuple[tuple[float, float], ...], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        build(Polygon(vertices=vertices))


def test_labels_travel_with_their_points() -> None:
    points = Array(RNG.normal(size=(6, 2)))
    d = build(Points(points=points, labels=Array([0, 1, 2, 5, 5, 5], np.int64), noise=0.0))
    x, classes = d.sample_labelled(600, rng())
    assert d.labels is not None
    assert classes is not None
    nearest = torch.cdist(x, torch.tensor(points.values)).argmin(1)
    assert torch.equal(d.labels[nearest], classes)
    assert build(Gaussian()).sample_labelled(4, rng())[1] is None
    assert build(DATA["points"]).sample_labelled(4, rng())[1] is None


@pytest.mark.parametrize(
    ("points", "labels", "words"),
    [
        (None, None, "rows x, y"),
        (np.zeros((3, 3)), None, "rows x, y"),
        (np.full((2, 2), np.nan), None, "finite"),
        (np.zeros((3, 2)), [0, 1], "3 labels"),
        (np.zeros((2, 2)), [0, 8], "0 to 7"),
    ],
)
def test_clouds_that_are_none(points: object, labels: object, words: str) -> None:
    cloud = Points(
        points=None if points is None else Array(points),  # type: ignore[arg-type]
        labels=None if labels is None else Array(labels, np.int64),  # type: ignore[arg-type]
    )
    with pytest.raises(Invalid, match=words):
        build(cloud)


def test_build_keeps_what_it_built() -> None:
    assert build(Moons(radius=1.25)) is build(Moons(radius=1.25))
    assert build(Moons(radius=1.25)) is not build(Moons(radius=1.5))


def test_infinite_mixtures_are_refused() -> None:
    with pytest.raises(Invalid, match="finite"):
        build(Mixture(means=((math.inf, 0), (0, 0), (1, 1))))


def test_no_samples_and_no_points() -> None:
    for shape in (Ring(), Smiley(), Disc(), Checkerboard(), DATA["grid"], Polygon()):
        assert build(shape).sample(0, rng()).shape == (0, 2)
        if build(shape).has_log_prob:
            assert build(shape).log_prob(torch.zeros(0, 2)).shape == (0,)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_can_be_moved_to_a_device_without_float64(name: str) -> None:
    local = _LOCALS[type(SHAPES[name])](SHAPES[name])
    narrow = _moved(local, torch.device("cpu"), torch.float32)
    x, _ = narrow.draw(4000, rng())
    assert x.dtype == torch.float32
    y, _ = local.draw(4000, rng(1))
    assert torch.allclose(x.double().T.cov(), y.T.cov(), atol=0.08 * float(y.T.cov().trace()))


def test_large_tables_keep_their_shares_in_float32() -> None:
    """A grid of four million cells, of which every second holds a ninth of the other's mass."""
    light = torch.arange(1 << 22) % 2 == 0
    share = torch.where(light, 0.2, 1.0)
    alias = torch.arange(1 << 22) | 1
    picked = sample_alias(share, alias, 200_000, rng())
    assert float((picked % 2 == 0).double().mean()) == pytest.approx(0.1, abs=0.005)


def test_another_device_is_prepared_once() -> None:
    d = build(Smiley())
    meta = torch.device("meta")
    assert d._on(meta) is d._on(meta)  # type: ignore[attr-defined]
    assert d._on(meta).outline.is_meta  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_numbers_that_overflow_are_refused_in_words() -> None:
    far = Array([[1e308, 0.0], [-1e308, 1.0]], np.float64)
    with pytest.raises(Invalid, match="at most 1e\\+15 in size"):
        build(Points(points=far))
    labels = Array([1e308, np.nan], np.float64)
    with pytest.raises(Invalid, match="Labels must be whole numbers"):
        build(Points(points=Array(np.eye(2)), labels=labels))


BLURRED = {"board": Checkerboard(noise=0.3), "annulus": Disc(hole=0.5)}
KNOWN = {name: SHAPES[name] for name in DENSE} | BLURRED


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", KNOWN)
def test_nothing_is_at_infinity_and_nothing_is_known_of_nan(name: str) -> None:
    d = build(replace(KNOWN[name], rotation=30.0, offset_x=1.0))
    inf, nan = math.inf, math.nan
    far = [[inf, 0], [-inf, 0], [0, inf], [inf, -inf], [1e30, 0], [1e30, -1e30], [0, 1e160]]
    far += [[1e200, 1e200], [-1e308, 1e308]]
    assert d.log_prob(far).tolist() == [-inf] * len(far)
    assert bool(d.log_prob([[nan, 0], [0, nan], [nan, inf], [nan, nan]]).isnan().all())
    x = d.sample(50, rng())
    beside = torch.cat([x, torch.tensor([[inf, 0.0], [nan, 0.0]])])
    torch.testing.assert_close(d.log_prob(beside)[:50], d.log_prob(x))
    assert d.sample(0).shape == d.sample_labelled(0)[0].shape == (0, 2)


@pytest.mark.parametrize(
    "shape",
    [
        Grid(density=Array(np.ones((3, 4))), extent=(0.0, 4.0, 0.0, 3.0)),
        Polygon(vertices=((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))),
    ],
)
def test_the_edge_belongs_to_the_shape_and_nothing_beyond_it_does(shape: Grid | Polygon) -> None:
    on = torch.tensor([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0], [2.0, 3.0], [0.0, 1.5]])
    middle = torch.tensor([2.0, 1.5])
    d = build(shape)
    torch.testing.assert_close(d.log_prob(on), torch.full((6,), -math.log(12.0)))
    assert bool((d.log_prob(middle + 1.001 * (on - middle)) == -math.inf).all())


def test_a_thin_gaussian_keeps_its_digits_and_is_nowhere_above_its_peak() -> None:
    """Where the terms of the quadratic form cancel: against 80-bit arithmetic."""
    xy = 1 - 1e-9
    d = build(Mixture(means=((0.0, 0.0),), covs=((1.0, xy, 1.0),), weights=(1.0,)))
    along = np.array([0.1, 3.0, 100.0, 1e4])
    x = np.stack([along, along + 1e-5], axis=1)
    wide = x.astype(np.longdouble)
    det = 1 - np.longdouble(xy) ** 2
    square = (wide[:, 0] - wide[:, 1]) ** 2 + 2 * (1 - np.longdouble(xy)) * wide[:, 0] * wide[:, 1]
    expected = (-square / det / 2 - np.log(2 * np.pi) - np.log(det) / 2).astype(float)
    np.testing.assert_allclose(d.log_prob(x).numpy(), expected, rtol=1e-4)
