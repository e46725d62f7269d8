"""Pairs of mixtures given x_t, beside conditional Gaussians and sums over a lattice."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Shape
from flowlab.core.exact.joint import Joint
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.mixtures import MixturePairs
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from tests.helpers.randomness import rng
from tests.helpers.shapes import TILTED

ROUND = Gaussian()
SLIM = Gaussian(std_x=0.5, std_y=1.5, correlation=0.6, offset_x=2.0)
NOISY = interpolant_of(Path(noise="brownian", level=0.8))
N = 40_000


def joint(source: Shape, target: Shape, path: Interpolant = LINEAR) -> Joint:
    ends = build(source).mixture(), build(target).mixture()
    assert ends[0] is not None
    assert ends[1] is not None
    return Joint.of(*ends, path)


def matrix(shape: Gaussian) -> np.ndarray:
    xy = shape.correlation * shape.std_x * shape.std_y
    return np.array([[shape.std_x**2, xy], [xy, shape.std_y**2]])


def schedule(path: Interpolant, t: float) -> tuple[float, float, float]:
    time = torch.tensor(t, dtype=torch.float64)
    return float(path.alpha(time)), float(path.beta(time)), float(path.gamma(time))


@pytest.mark.parametrize("path", [LINEAR, NOISY], ids=["linear", "noisy"])
def test_of_two_gaussians_mean_and_covariance_are_the_conditional_ones(path: Interpolant) -> None:
    t, x = 0.4, np.array([1.5, -0.5])
    a, b, g = schedule(path, t)
    c0, c1, m0, m1 = matrix(ROUND), matrix(SLIM), np.zeros(2), np.array([2.0, 0.0])
    total = a * a * c0 + b * b * c1 + g * g * np.eye(2)
    pull = np.linalg.solve(total, x - a * m0 - b * m1)
    means = m0 + a * c0 @ pull, m1 + b * c1 @ pull
    covs = (
        c0 - a * a * c0 @ np.linalg.solve(total, c0),
        c1 - b * b * c1 @ np.linalg.solve(total, c1),
    )
    pairs = MixturePairs(joint(ROUND, SLIM, path))
    drawn = pairs.draw(np.tile(x[:, None], N), t, Generators(rng(3)))
    assert drawn.proposals == N
    for end, mean, cov in zip((drawn.x0, drawn.x1), means, covs, strict=True):
        np.testing.assert_allclose(end.mean(1), mean, atol=4 * np.sqrt(np.diag(cov) / N).max())
        size = np.trace(cov)
        np.testing.assert_allclose(np.cov(end), cov, atol=4 * size * np.sqrt(2 / N))


def test_without_noise_each_pair_blends_into_its_point() -> None:
    x = np.random.default_rng(0).normal(size=(2, 500))
    drawn = MixturePairs(joint(TILTED, SLIM)).draw(x, 0.3, Generators(rng(1)))
    np.testing.assert_allclose(0.7 * drawn.x0 + 0.3 * drawn.x1, x, atol=1e-12)


@pytest.mark.parametrize("times", [[0.6], [0.2, 0.6, 0.9]], ids=["one time", "several"])
def test_triples_blend_into_their_points_with_their_noise(times: list[float]) -> None:
    x = torch.tensor([[0.0, 0.0], [1.0, 1.0], [-1.0, 0.5]], dtype=torch.float64)
    t = torch.tensor(times, dtype=torch.float64)
    x0, x1, z = MixturePairs(joint(TILTED, SLIM, NOISY)).triples(x, t, 200, rng(2))
    a, b, g = (getattr(NOISY, name)(t)[:, None] for name in ("alpha", "beta", "gamma"))
    blend = a * x0 + b * x1 + g * z  # (2, 3, 200)
    torch.testing.assert_close(blend, x.T[..., None].expand_as(blend), rtol=0, atol=1e-9)


def test_components_are_picked_by_their_posterior() -> None:
    """Two tight components of the target: the share of each by the densities at x."""
    target = Mixture(
        means=((3.0, 0.0), (-3.0, 0.0)), covs=((0.01, 0.0, 0.01),) * 2, weights=(1.0, 2.0)
    )
    t, x = 0.5, np.array([0.05, 0.2])
    pairs = MixturePairs(joint(ROUND, target))
    drawn = pairs.draw(np.tile(x[:, None], N), t, Generators(rng(4)))
    var = 0.25 * (1 + 0.01)
    heights = [w * np.exp(-((x[0] - m / 2) ** 2) / (2 * var)) for w, m in ((1, 3.0), (2, -3.0))]
    share = heights[0] / sum(heights)
    assert 0.4 < share < 0.6
    found = np.mean(drawn.x1[0] > 0)
    assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / N))


def test_narrow_components_take_another_way_to_the_same_law() -> None:
    """Too narrow for sums of squares: number by number, and points that are far likewise."""
    tight = Mixture(
        means=((0.0, 0.0), (4000.0, 0.0)), covs=((1e-4, 0.0, 1e-4),) * 2, weights=(1.0, 1.0)
    )
    pairs = MixturePairs(joint(tight, tight))
    x = np.tile(np.array([[2000.0], [0.0]]), 4000)
    drawn = pairs.draw(x, 0.5, Generators(rng(5)))
    np.testing.assert_allclose((drawn.x0 + drawn.x1) / 2, x, atol=1e-8)
    crossed = drawn.x0[0] > 2000
    assert crossed.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(4000))
    np.testing.assert_array_equal(crossed, drawn.x1[0] < 2000)


def test_a_draw_glides_with_its_point() -> None:
    pairs = MixturePairs(joint(ROUND, SLIM))
    t = torch.full((1,), 0.5, dtype=torch.float64)
    places = [torch.tensor([[u, 0.0]], dtype=torch.float64) for u in (0.5, 0.501)]
    one, two = (pairs.triples(x, t, 50, rng(6)) for x in places)
    moved = (one - two)[:2].abs()
    assert 0 < float(moved.max()) < 0.01


def test_where_there_is_no_density_there_are_no_pairs() -> None:
    x = torch.tensor([[1.0, 1.0], [torch.nan, 0.0]], dtype=torch.float64)
    t = torch.full((1,), 0.5, dtype=torch.float64)
    found = MixturePairs(joint(ROUND, SLIM)).triples(x, t, 3, rng(7))
    assert bool(found[:2, :, 0].isfinite().all())
    assert bool(found[:2, :, 1].isnan().all())
