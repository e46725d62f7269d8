"""Pairs between walls: their law, their scores, and the pool that meets them again."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch
from scipy import special, stats

from flowlab.core.document.limits import Invalid
from flowlab.core.domains import disc, kernel, square
from flowlab.core.domains.noise_levels import WallNoise, total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.wall_pairs import NoisedPoints, WallPairs, noised
from flowlab.core.reflected.settings import WALLS, Reflected
from tests.helpers.learned_score import SIDE, Tilted, learns_score


@pytest.mark.parametrize("process", ["ve", "brownian"])
def test_the_noise_at_t_is_that_of_the_schedule(process: str) -> None:
    settings = Reflected(process=process, sigma_max=1.2)
    walls = WallNoise(walls_of(settings), settings)
    t = np.linspace(0, 1, 9)
    expected = total_variance(settings, walls.domain.size, 1 - t)
    np.testing.assert_allclose(walls.variance(torch.from_numpy(t)).numpy(), expected, rtol=1e-12)


def test_the_mean_score_of_pairs_is_that_of_a_density_in_closed_form() -> None:
    """E[(grad log p(x_t | x1) - s(x_t)) g(x_t)] = 0 for every g, since s is the mean."""
    settings = Reflected(width=SIDE, sigma_min=0.02)
    walls = WallNoise(square(SIDE), settings)
    points = NoisedPoints(cast(Any, Tilted()), walls, "square")
    t = torch.linspace(0.05, 0.95, 40_000)
    x, scaled, _, labels = points.draw(t, 3)
    assert labels is None
    variance = walls.variance(t.double()).numpy()
    gap = scaled - np.sqrt(variance)[:, None] * Tilted.score(x, variance)
    for g in (np.ones(len(x)), x[:, 0], x[:, 1], np.sin(3 * x[:, 0]), x[:, 0] * t.numpy()):
        mean, error = (gap * g[:, None]).mean(0), stats.sem(gap * g[:, None])
        assert (np.abs(mean) < 4.5 * error).all()


def test_a_walk_in_a_disc_decays_as_its_slowest_harmonic() -> None:
    """E[J1(j r) cos a] falls by e^(-j^2 v/2), with j the first zero of J1' for radius 1."""
    j, n = special.jnp_zeros(1, 1)[0], 60_000
    start, variance = np.tile([[0.7, 0.0]], (n, 1)), np.full(n, 0.25)
    x = noised(disc(1.0), start, variance, np.random.default_rng(0), folded=False)
    radius = np.hypot(*x.T)
    value = special.j1(j * radius) * x[:, 0] / radius
    expected = special.j1(0.7 * j) * np.exp(-(j**2) * 0.25 / 2)
    assert abs(value.mean() - expected) < 4 * stats.sem(value) + 2e-3


@pytest.mark.parametrize("walls", WALLS)
def test_scores_where_no_wall_is_felt_are_those_of_the_kernel(walls: str) -> None:
    document = learns_score("gaussian", walls=walls, width=6.0, clip=True)
    points = NoisedPoints.of(document)
    domain = points.walls.domain
    start = domain.uniform(400, torch.Generator().manual_seed(0)).numpy()
    variance = (domain.size * np.geomspace(0.01, 0.08, 400)) ** 2
    x = noised(domain, start, variance, np.random.default_rng(1), folded=False)
    exact = kernel(domain).score(x, start, variance / 2).numpy()
    size = np.sqrt(variance)[:, None]
    np.testing.assert_allclose(points.score(x, start, variance) * size, exact * size, atol=2e-3)


def test_the_pool_meets_pairs_again_and_renews_them() -> None:
    drawn = list[int]()

    class Counted(NoisedPoints):
        def draw(self, t: torch.Tensor, seed: int) -> Any:
            drawn.append(len(t))
            return super().draw(t, seed)

    made = NoisedPoints.of(learns_score(walls="disc", clip=True, width=6.0))
    pairs = WallPairs(Counted(made.shape, made.walls, "drawn"), rows=64, count=8)
    rng = torch.Generator().manual_seed(0)
    first = pairs.draw(rng)
    assert [v.shape[0] for v in first[:3]] == [512] * 3
    assert len(torch.unique(first[1])) <= 128  # of the two columns that are there
    t = first[1].reshape(8, 64)
    assert bool(((t * 64).floor() == torch.arange(64)).all())  # spread evenly in every batch
    for _ in range(9):
        pairs.draw(rng)
    assert drawn == [128] * 8  # at 0, 1, 2, 4 and 8, and at every third


def test_a_target_outside_is_refused_until_it_is_clipped() -> None:
    with pytest.raises(Invalid, match="lies outside the walls"):
        NoisedPoints.of(learns_score(width=4.0))
    points = NoisedPoints.of(learns_score(width=4.0, clip=True))
    x, scaled, _, labels = points.draw(torch.rand(200), 0)
    assert bool(points.walls.domain.inside(x).all())
    assert np.isfinite(scaled).all()
    assert labels is not None
