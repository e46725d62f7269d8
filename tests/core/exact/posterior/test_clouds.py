"""Pairs of a cloud and a density, beside the weights of the points summed one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Gaussian, Points
from flowlab.core.exact.posterior.clouds import CloudPairs
from flowlab.core.exact.posterior.ends import end_of
from flowlab.core.exact.posterior.interfaces import Generators
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE

PLACES = np.random.default_rng(3).normal(size=(12, 2)).astype(np.float32).astype(float)
N = 20_000
ROUND = Gaussian(std_x=0.9, std_y=0.7)


def cloud(noise: float) -> Points:
    return Points(points=Array(PLACES), noise=noise)


@pytest.mark.parametrize("noise", [0.0, 0.4], ids=["bare", "blurred"])
@pytest.mark.parametrize("is_target", [True, False], ids=["target", "source"])
@pytest.mark.parametrize("t", [0.15, 0.5, 0.9])
def test_points_are_picked_by_their_posterior_weights(
    noise: float, is_target: bool, t: float
) -> None:
    """Given x the point p has the weight N(x; share of the Gaussian + share of p)."""
    ends = (ROUND, cloud(noise)) if is_target else (cloud(noise), ROUND)
    pairs = CloudPairs(*ends, is_target, end_of(ROUND))
    a, b = (1 - t, t) if is_target else (t, 1 - t)  # of the Gaussian, and of the cloud
    x = b * PLACES[:3].mean(0) + 0.1
    drawn = pairs.draw(np.tile(x[:, None], N), t, Generators(rng(1)))
    assert bool(drawn.found.all())
    np.testing.assert_allclose((1 - t) * drawn.x0 + t * drawn.x1, np.tile(x[:, None], N), atol=1e-9)
    deviation = np.sqrt(a**2 * np.array([0.9, 0.7]) ** 2 + (b * noise) ** 2)
    weights = stats.norm(b * PLACES, deviation).pdf(x).prod(1)
    weights /= weights.sum()
    own = drawn.x1 if is_target else drawn.x0
    var = (b * noise**2 / deviation**2) * (x - b * PLACES)  # the blur's mean given x and p
    mean = (weights[:, None] * (PLACES + var)).sum(0)
    error = own.std(1) / np.sqrt(N)
    assert np.all(np.abs(own.mean(1) - mean) < 4 * error + 1e-6)
    if noise == 0:
        index = np.linalg.norm(own.T[:, None] - PLACES, axis=-1).argmin(1)
        counts = np.bincount(index, minlength=12)
        assert np.all(np.abs(counts - N * weights) < 4.5 * np.sqrt(N * weights) + 1)


def test_a_region_cuts_the_points_off() -> None:
    """Bare points beside a uniform square: only those whose rest falls into it, all alike."""
    t, x = 0.5, np.array([0.9, 0.8])
    pairs = CloudPairs(cloud(0.0), SQUARE, False, end_of(SQUARE))
    drawn = pairs.draw(np.tile(x[:, None], N), t, Generators(rng(2)))
    rest = 2 * x - PLACES
    able = np.flatnonzero(((rest >= 0.5) & (rest <= 2.5)).all(1))
    index = np.linalg.norm(drawn.x0.T[:, None] - PLACES, axis=-1).argmin(1)
    counts = np.bincount(index, minlength=12)
    assert 1 < len(able) < 12
    assert set(np.flatnonzero(counts)) == set(able)
    share = N / len(able)
    assert np.all(np.abs(counts[able] - share) < 4.5 * np.sqrt(share))


def test_where_no_point_reaches_there_is_no_pair() -> None:
    pairs = CloudPairs(cloud(0.0), SQUARE, False, end_of(SQUARE))
    drawn = pairs.draw(np.array([[90.0], [0.0]]), 0.5, Generators(rng(3)))
    assert not drawn.found.any()


def test_the_law_of_the_cloud_is_kept() -> None:
    """Blends of fresh pairs, deblended: x1 is again of the cloud's law."""
    pairs, t, n = CloudPairs(ROUND, cloud(0.3), True, end_of(ROUND)), 0.6, 20_000
    x0 = build(ROUND).sample(n, rng(4)).double().numpy().T
    x1 = build(cloud(0.3)).sample(n, rng(5)).double().numpy().T
    drawn = pairs.draw((1 - t) * x0 + t * x1, t, Generators(rng(6)))
    assert drawn.found.mean() > 0.999  # far out, proposals may be spent in vain
    for axis in (0, 1):
        assert stats.ks_2samp(drawn.x1[axis, drawn.found], x1[axis]).pvalue > 1e-4
        assert stats.ks_2samp(drawn.x0[axis, drawn.found], x0[axis]).pvalue > 1e-4
