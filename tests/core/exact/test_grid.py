"""The grid oracle against polygons, mixtures, Monte Carlo and conservation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import (
    Checkerboard,
    Disc,
    Drawing,
    Gaussian,
    Grid,
    Mixture,
    Moons,
    Picture,
    Points,
    Polygon,
    Ring,
    Shape,
    Spiral,
    Stroke,
    Text,
)
from flowlab.core.exact.cell_masses import masses_of
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.exact.polygon import PolygonOracle
from flowlab.core.exact.spectrum import Lattice, characteristic
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from flowlab.core.metrics import sliced_w2, sliced_w2_floor
from tests.helpers.oracles import check_blank
from tests.helpers.randomness import rng
from tests.helpers.shapes import ARC, SQUARE, TILTED, TRIANGLE

DRAWING = Drawing(strokes=(Stroke(path=Array(ARC), size=0.8),))
RNG = np.random.default_rng(3)
PICTURE = Picture(pixels=Array(RNG.integers(0, 256, (30, 20)), np.uint8), contrast=2.0)
PAIRS: dict[str, tuple[Shape, Shape]] = {
    "drawing to text": (DRAWING, Text(text="flow")),
    "normal to picture": (Gaussian(), PICTURE),
    "moons to spiral": (Moons(), Spiral()),
    "disc to points": (Disc(), Points(points=Array(RNG.normal(size=(50, 2))), noise=0.2)),
}
ENCODING = interpolant_of(Path(kind="encoding", noise="sine"))
TRIGONOMETRIC = interpolant_of(Path(kind="trigonometric"))
NOISY = replace(
    LINEAR,
    gamma=lambda t: (t * (1 - t)).sqrt(),
    gamma_dot=lambda t: (1 - 2 * t) / (2 * (t * (1 - t)).sqrt()),
    gamma_gamma_dot=lambda t: (1 - 2 * t) / 2,
    noisy=True,
)


def oracle_of(
    source: Shape, target: Shape, path: Interpolant = LINEAR, resolution: int = 128
) -> GridOracle:
    return GridOracle.of(build(source), build(target), path, resolution)


def polygons(path: Interpolant = LINEAR) -> PolygonOracle:
    oracle = PolygonOracle.of(TRIANGLE, SQUARE, path)
    assert oracle is not None
    return oracle


def ticks(oracle: GridOracle, t: float, count: int) -> tuple[Tensor, Tensor]:
    """Ticks that cover the support of x_t."""
    x = oracle.sample(torch.full((4000,), t), rng())
    low, high = x.amin(0), x.amax(0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    u = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    return low[0] + u * (high[0] - low[0]), low[1] + u * (high[1] - low[1])


def degrees(ours: Tensor, exact: Tensor) -> Tensor:
    """Angles between velocities, where both are known."""
    both = ours.isfinite().all(-1) & exact.isfinite().all(-1)
    ours, exact = ours[both], exact[both]
    cross = ours[:, 0] * exact[:, 1] - ours[:, 1] * exact[:, 0]
    return torch.atan2(cross.abs(), (ours * exact).sum(1)).rad2deg()


@pytest.mark.parametrize("t", [0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("path", [LINEAR, TRIGONOMETRIC], ids=["linear", "trigonometric"])
def test_it_agrees_with_polygons_to_a_twentieth_of_a_degree(path: Interpolant, t: float) -> None:
    oracle, exact = oracle_of(TRIANGLE, SQUARE, path), polygons(path)
    xs, ys = ticks(oracle, t, 128)
    density, v = oracle.field(t, xs, ys)
    places = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), -1).reshape(-1, 2)
    p = exact.density(places, t)
    off = degrees(v.reshape(-1, 2), exact.velocity(places, t))
    assert float(off.median()) < 0.05
    assert float(off.quantile(0.95)) < 0.5
    assert float((density.reshape(-1) - p).abs().mean() / p.mean()) < 0.01


def test_the_ends_of_time_are_exact() -> None:
    oracle, exact = oracle_of(TRIANGLE, SQUARE), polygons()
    for t in (0.0, 1.0):
        x = oracle.sample(torch.full((2000,), t), rng())
        ours = oracle.velocity(x, t)
        known = exact.velocity(x, t)
        both = ours.isfinite().all(1) & known.isfinite().all(1)
        assert float(both.double().mean()) > 0.99
        torch.testing.assert_close(ours[both], known[both], atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("t", [0.0, 0.25, 0.6, 1.0])
def test_it_agrees_with_the_mixture_oracle(t: float) -> None:
    target = Ring(count=5, radius=3.0, std=0.5)
    exact = MixtureOracle(build(TILTED).mixture(), build(target).mixture())  # type: ignore[arg-type]
    oracle = oracle_of(TILTED, target)
    x = oracle.sample(torch.full((3000,), t), rng())
    inside = oracle.inside(x, t)
    assert float(inside.double().mean()) > 0.99
    x = x[inside]
    for ours, theirs, least in (
        (oracle.velocity(x, t), exact.velocity(x, t), 0.01),
        (oracle.score(x, t), exact.score(x, t), 0.05),
        (oracle.density(x, t)[:, None], exact.density(x, t)[:, None], 0.01),
    ):
        assert float((ours - theirs).norm() / theirs.norm()) < least


@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("path", [LINEAR, NOISY], ids=["linear", "noisy"])
@pytest.mark.parametrize("kind", PAIRS)
def test_density_integrates_to_one_and_the_mean_velocity_is_the_gap_of_means(
    kind: str, path: Interpolant, t: float
) -> None:
    source, target = PAIRS[kind]
    oracle = oracle_of(source, target, path)
    xs, ys = ticks(oracle, t, 150)
    density, v = oracle.field(t, xs, ys)
    area = float((xs[1] - xs[0]) * (ys[1] - ys[0]))
    assert float(density.sum()) * area == pytest.approx(1, abs=0.02)
    mean = (density[..., None] * v).nan_to_num(0).sum((0, 1)) / density.sum()
    x0, x1 = (build(shape).sample(100_000, rng()).double() for shape in (source, target))
    error = 5 * float((x0.std() + x1.std()) / 100_000**0.5)
    if path is LINEAR or 0 < t < 1:  # at the very ends, the score of an edge is not to be had
        torch.testing.assert_close(mean, x1.mean(0) - x0.mean(0), atol=0.03 + error, rtol=0.02)


@pytest.mark.parametrize(
    ("path", "t"),
    [(LINEAR, 0.4), (TRIGONOMETRIC, 0.4), (NOISY, 0.4), (ENCODING, 0.3), (ENCODING, 0.49)],
    ids=["linear", "trigonometric", "noisy", "encoding", "where both ends are drowned"],
)
@pytest.mark.parametrize("kind", PAIRS)
def test_velocity_agrees_with_pairs_drawn(kind: str, path: Interpolant, t: float) -> None:
    source, target = PAIRS[kind]
    oracle, n = oracle_of(source, target, path), 20_000
    x0, x1 = (build(shape).sample(n, rng(i)).double() for i, shape in enumerate((source, target)))
    times = torch.full((n,), t).double()
    noise = torch.randn(n, 2, dtype=times.dtype, generator=rng(5)) if path.noisy else None
    x, rate = path.point(x0, x1, times, noise), path.velocity(x0, x1, times, noise)
    v = oracle.velocity(x, t)
    assert float(v.isnan().double().mean()) < 0.01
    off = (rate - v).nan_to_num(0)
    for weight in (torch.ones(n), x[:, 0] - x[:, 0].mean(), (x[:, 1] > x[:, 1].mean()).double()):
        moment = weight.double()[:, None] * off
        assert bool((moment.mean(0).abs() < 5 * moment.std(0) / n**0.5 + 5e-3).all())


def test_density_and_velocity_conserve_mass() -> None:
    oracle, h, t = oracle_of(DRAWING, TILTED), 1e-2, 0.5
    xs, ys = ticks(oracle, t, 160)
    (before, _), (now, v), (after, _) = (oracle.field(s, xs, ys) for s in (t - h, t, t + h))
    rate = (after - before) / (2 * h)
    flux_y, flux_x = (now[..., None] * v).nan_to_num(0).unbind(-1)[::-1]
    (outward_y,) = torch.gradient(flux_y, spacing=(ys,), dim=0)
    (outward_x,) = torch.gradient(flux_x, spacing=(xs,), dim=1)
    residual = (rate + outward_x + outward_y).abs().mean()
    assert float(residual / rate.abs().mean()) < 0.02


def test_score_is_the_gradient_of_the_log_density() -> None:
    oracle, t = oracle_of(DRAWING, TILTED), 0.6
    xs, ys = ticks(oracle, t, 200)
    density, _ = oracle.field(t, xs, ys)
    slope = torch.stack(torch.gradient(density.log(), spacing=(ys, xs)), -1).flip(-1)
    places = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), -1)
    seen = density > 0.02 * density.max()
    score = oracle.score(places[seen], t)
    assert float((score - slope[seen]).norm() / score.norm()) < 0.03


def test_many_times_at_once_are_read_between_fixed_ones() -> None:
    oracle, exact = oracle_of(TRIANGLE, SQUARE, resolution=64), polygons()
    t = torch.rand(4000, dtype=torch.float64, generator=rng(2))
    x = oracle.sample(t, rng(3))
    ours, known = oracle.velocity(x, t), exact.velocity(x, t)
    both = ours.isfinite().all(1) & known.isfinite().all(1)
    assert float(both.double().mean()) > 0.98
    assert float((ours - known)[both].norm() / known[both].norm()) < 0.01
    few = t[:40].round(decimals=1)  # eleven of them at most, each computed for itself
    alone = torch.cat([oracle.velocity(x[i : i + 1], float(few[i])) for i in range(40)])
    close = {"atol": 0.01, "rtol": 0.01, "equal_nan": True}  # from tables, and without
    torch.testing.assert_close(oracle.velocity(x[:40], few), alone, **close)


@pytest.mark.parametrize("path", [LINEAR, NOISY], ids=["linear", "noisy"])
@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("kind", ["drawing to text", "normal to picture"])
def test_pairs_blend_to_their_point_and_average_to_the_velocity(
    kind: str, t: float, path: Interpolant
) -> None:
    oracle, n = oracle_of(*PAIRS[kind], path), 3000
    x = oracle.sample(torch.full((5,), t), rng(4))
    x0, x1 = oracle.pairs(x, t, n, rng(5))
    if path is LINEAR:
        torch.testing.assert_close((1 - t) * x0 + t * x1, x[:, None].expand_as(x0))
        mean, v = (x1 - x0).mean(1), oracle.velocity(x, t)
        error = 5 * (x1 - x0).std(1) / n**0.5 + 0.02
        assert bool(((mean - v).abs() < error).all())
    else:
        known, _, _ = oracle._values_at(x, t)
        for drawn, mean in ((x0, known.mean0), (x1, known.mean1)):
            error = 5 * drawn.std(1) / n**0.5 + 0.05
            assert bool(((drawn.mean(1) - mean).abs() < error).all())


@pytest.mark.parametrize("t", [0.3, 0.8])
def test_pairs_of_noisy_paths_have_the_posterior_spread(t: float) -> None:
    """Between normals it is known: x0 and x1 given x are normal, with these covariances."""
    oracle = oracle_of(Gaussian(), Gaussian(std_x=2.0, offset_x=3.0), NOISY)
    x = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    x0, x1 = oracle.pairs(x, t, 20_000, rng())
    for axis, (sd, mean1) in enumerate(((2.0, 3.0), (1.0, 0.0))):
        total = (1 - t) ** 2 + t**2 * sd**2 + t * (1 - t)
        off = float(x[0, axis]) - t * mean1
        for drawn, by, var, mean in ((x0, 1 - t, 1.0, 0.0), (x1, t, sd**2, mean1)):
            got = drawn[0, :, axis]
            assert float(got.mean()) == pytest.approx(mean + by * var * off / total, abs=0.05)
            expected = var - (by * var) ** 2 / total
            assert float(got.var()) == pytest.approx(expected, rel=0.06)


def test_characteristic_functions_and_moments_are_the_plain_sums() -> None:
    end = masses_of(build(Text(text="flow")), 128)
    lattice = Lattice.of(end.size * 1.3, 32)
    (x, y), by = end.ticks, 0.7
    sinc = torch.outer(
        *(
            torch.sinc(by * k * cell / 2 / math.pi)
            for k, cell in ((lattice.ky, end.cell[1]), (lattice.kx, end.cell[0]))
        )
    )
    ours = characteristic(end, by, lattice, moments=True)
    waves_y = torch.exp(-1j * by * torch.outer(lattice.ky, y))
    for part, sign in zip(ours[0], (1, -1), strict=True):
        waves_x = torch.exp(-1j * by * sign * torch.outer(lattice.kx, x))
        plain = waves_y @ end.mass.to(waves_y.dtype) @ waves_x.T
        assert float((part - plain / sinc).abs().max()) < 2e-6  # in single precision
    means = end.mass.sum(0) @ x, end.mass.sum(1) @ y
    for part, mean in zip(ours[1:], means, strict=True):
        assert abs(complex(part[0, 0, 0]) - float(mean)) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drawing to text", "moons to spiral"])
def test_following_the_velocity_carries_the_source_to_the_target(kind: str) -> None:
    source, target = PAIRS[kind]
    oracle, n, steps = oracle_of(source, target), 3000, 25
    x, last = build(source).sample(n, rng(1)).double(), torch.zeros(n, 2, dtype=torch.float64)

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


@pytest.mark.parametrize("path", [LINEAR, NOISY], ids=["linear", "noisy"])
def test_outside_the_support_it_is_blank_and_inside_nothing_is_missing(path: Interpolant) -> None:
    oracle = oracle_of(DRAWING, Text(text="flow", offset_x=15.0), path)  # far from each other
    for t in (0.0, 0.5, 1.0):
        check_blank(oracle, t)
        x = oracle.sample(torch.full((3000,), t), rng())
        assert float(oracle.inside(x, t).double().mean()) > 0.98


@pytest.mark.parametrize(
    "shape",
    [
        Polygon(vertices=tuple((math.cos(a / 20), 2 * math.sin(a / 20)) for a in range(125))),
        Grid(density=Array(RNG.uniform(0, 1, (300, 300))), extent=(-1.0, 2.0, 0.0, 3.0)),
        Picture(pixels=Array(RNG.integers(0, 256, (300, 300)), np.uint8)),
        replace(TRIANGLE, noise=0.3),
        Disc(hole=0.5, rotation=30.0, offset_y=3.0),
        Grid(density=Array(RNG.uniform(0, 1, (9, 7))), extent=(-1.0, 2.0, 0.0, 3.0)),
        Points(points=Array(RNG.normal(size=(50, 2))), noise=0.2),
        DRAWING,
        Mixture(
            means=((-3, 0), (3, 0.01), (10, 10)),
            covs=((1e-4, 0, 1e-4), (1e-4, 0, 1e-4), (1, 0, 1)),
            weights=(1, 1, 1),
        ),
        Mixture(means=((-3, 0), (3, 0.01)), covs=((1e-10, 0, 1e-10),) * 2, weights=(1, 1)),
        Polygon(vertices=((0, 0), (5, 5), (5, 5.0001), (0, 1e-4))),
    ],
    ids=lambda shape: shape.kind,
)
def test_masses_have_the_moments_of_samples(shape: Shape) -> None:
    masses, x = masses_of(build(shape), 128), build(shape).sample(100_000, rng(7)).double()
    share, middles = masses.nonzero
    assert float(masses.mass.sum()) == pytest.approx(1)
    torch.testing.assert_close(share @ middles, masses.mean)
    error = 5 * x.std(0) / len(x) ** 0.5
    assert bool(((masses.mean - x.mean(0)).abs() < error + 1e-3).all())
    spread = share @ (middles - masses.mean).square()
    torch.testing.assert_close(spread, x.var(0), rtol=0.02, atol=1e-3)


def test_an_array_may_be_any_grid_and_a_line_has_width_zero() -> None:
    one = Grid(density=Array(np.ones((1, 40))), extent=(-1.0, 1.0, 0.0, 1e-3))
    oracle = oracle_of(one, Points(points=Array([[0.0, 0.0], [1.0, 0.0]]), noise=0.0))
    x = oracle.sample(torch.full((50,), 0.5), rng())
    assert oracle.velocity(x, 0.5).shape == (50, 2)


@pytest.mark.parametrize(
    "empty",
    [Drawing(), Grid(density=Array(np.zeros((4, 4)))), Picture(pixels=Array(np.ones((4, 4))))],
    ids=["drawing", "grid", "picture"],
)
def test_what_is_empty_is_refused_in_a_sentence(empty: Shape) -> None:
    with pytest.raises(Invalid, match=r"\.$"):
        oracle_of(empty, Gaussian())


def test_results_have_the_dtype_of_the_points_and_the_note_names_the_resolution() -> None:
    oracle = oracle_of(Checkerboard(), Gaussian(), resolution=32)
    assert oracle.velocity(torch.zeros(3, 2), 0.5).dtype == torch.float32
    assert oracle.velocity(np.zeros((3, 2)), 0.5).dtype == torch.float64
    assert oracle.velocity(torch.zeros(0, 2), 0.5).shape == (0, 2)
    assert not oracle.facts.exact
    assert "32" in oracle.facts.note
    with pytest.raises(Invalid, match="resolution"):
        oracle_of(Gaussian(), Gaussian(), resolution=7)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("count", [1, 2, 5, 20])
def test_masses_of_bare_points_have_the_outermost_ones_too(count: int, size: float) -> None:
    places = np.random.default_rng(count).normal(size=(count, 2)) * size
    masses = masses_of(build(Points(points=Array(places), noise=0.0)), 256)
    shares, middles = masses.nonzero
    assert len(shares) == count
    torch.testing.assert_close(shares, torch.full_like(shares, 1 / count), rtol=0.02, atol=0)
    far = torch.cdist(middles, torch.from_numpy(places)).amin(1)
    rounding = 1e-6 * float(np.abs(places).max())  # samples are in float32
    assert float(far.max()) < 1.01 * math.hypot(*masses.cell) + rounding
