"""Clouds of points: the softmax posterior against its own definition, and smoothed clouds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from torch import Tensor

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.exact.empirical import atoms, smoothed, spacing, to_cloud
from flowlab.core.interpolants.paths import interpolant_of
from tests.helpers.randomness import rng

UNIT = MixtureParameters(
    torch.ones(1, dtype=torch.float64),
    torch.zeros(1, 2, dtype=torch.float64),
    torch.eye(2, dtype=torch.float64)[None],
)


def _cloud(n: int, seed: int = 0) -> Tensor:
    return 3 * torch.randn(n, 2, dtype=torch.float64, generator=rng(seed))


def _posterior_mean(points: Tensor, x: Tensor, t: float) -> Tensor:
    """E[x1 | x] with the weights exp(-|x - t x_j|^2 / 2 (1-t)^2), written out."""
    logs = -(cdist(x.numpy(), t * points.numpy()) ** 2) / (2 * (1 - t) ** 2)
    shares = np.exp(logs - logs.max(1, keepdims=True))
    return torch.from_numpy(shares @ points.numpy() / shares.sum(1, keepdims=True))


@pytest.mark.parametrize("t", [0.0, 0.3, 0.9, 0.99])
def test_the_velocity_leads_to_the_posterior_mean(t: float) -> None:
    points, x = _cloud(300), _cloud(50, 1)
    expected = (_posterior_mean(points, x, t) - x) / (1 - t)
    oracle = to_cloud(UNIT, points)
    torch.testing.assert_close(oracle.velocity(x, t), expected, atol=1e-7, rtol=1e-7)
    torch.testing.assert_close(oracle.ends(x, t)[1], _posterior_mean(points, x, t))


@pytest.mark.parametrize("gap", [1e-3, 1e-4, 1e-6])
def test_close_to_the_end_the_nearest_point_takes_all(gap: float) -> None:
    points = _cloud(200)
    x = points[:40] + 0.1 * gap * torch.randn(40, 2, dtype=torch.float64, generator=rng(3))
    x1 = to_cloud(UNIT, points).ends(x, 1 - gap)[1]
    torch.testing.assert_close(x1, points[:40], atol=1e-5, rtol=0)


def test_the_density_is_the_mean_of_the_kernels() -> None:
    points, x, t = _cloud(100), _cloud(20, 1), 0.6
    kernels = np.exp(-(cdist(x.numpy(), t * points.numpy()) ** 2) / (2 * 0.4**2))
    expected = torch.from_numpy(kernels.mean(1) / (2 * np.pi * 0.4**2))
    torch.testing.assert_close(to_cloud(UNIT, points).density(x, t), expected)


def test_pairs_end_on_the_points_with_the_posterior_weights() -> None:
    points, t = _cloud(12), 0.5
    oracle = to_cloud(UNIT, points)
    x = torch.tensor([[0.5, -0.3]], dtype=torch.float64)
    x0, x1 = oracle.pairs(x, t, 40_000, rng())
    nearest = torch.cdist(x1[0], points).min(1)
    assert float(nearest.values.max()) < 1e-9
    torch.testing.assert_close((1 - t) * x0 + t * x1, x[:, None].expand_as(x0))
    counts = torch.bincount(nearest.indices, minlength=12) / 40_000
    logs = -((x - t * points) ** 2).sum(1) / (2 * (1 - t) ** 2)
    shares = logs.softmax(0)
    assert bool(((counts - shares).abs() < 5 * (shares / 40_000).sqrt() + 1e-9).all())


def test_a_deviation_makes_the_end_of_time_regular() -> None:
    oracle = to_cloud(UNIT, _cloud(50), deviation=0.1)
    assert oracle.is_defined_everywhere
    assert not to_cloud(UNIT, _cloud(50)).is_defined_everywhere
    assert bool(oracle.velocity(_cloud(20, 1), 1.0).isfinite().all())
    assert "not defined" not in oracle.facts.note
    assert "not defined at t = 1" in to_cloud(UNIT, _cloud(50)).facts.note


def test_other_paths_reach_the_points_too() -> None:
    points = _cloud(30)
    oracle = to_cloud(UNIT, points, interpolant_of(Path(kind="trigonometric")))
    x, t = _cloud(40, 2), 0.4
    a, b = np.cos(np.pi * t / 2), np.sin(np.pi * t / 2)
    logs = -(cdist(x.numpy(), b * points.numpy()) ** 2) / (2 * a**2)
    shares = np.exp(logs - logs.max(1, keepdims=True))
    mean = torch.from_numpy(shares @ points.numpy() / shares.sum(1, keepdims=True))
    slope, turn = -np.pi / 2 * b, np.pi / 2 * a  # E2: u = a'/a x + (b' - a' b / a) E[x1 | x]
    expected = slope / a * x + (turn - slope * b / a) * mean
    torch.testing.assert_close(oracle.velocity(x, t), expected)


def test_smoothed_clouds_say_their_bandwidth_and_conserve_mass() -> None:
    oracle = smoothed(_cloud(20), _cloud(25, 1), bandwidth=0.3)
    assert "deviation 0.3" in oracle.facts.note
    assert not oracle.facts.exact
    assert oracle.components == 500
    ticks = torch.linspace(-16, 16, 161, dtype=torch.float64)
    density = oracle.density(torch.cartesian_prod(ticks, ticks), 0.5)
    assert float(density.sum()) * 0.04 == pytest.approx(1, abs=1e-3)


def test_large_clouds_are_represented_by_parts_and_it_is_said() -> None:
    oracle = smoothed(_cloud(900), _cloud(50, 1), most=2500)
    assert oracle.components <= 2500
    assert "they stand for 900 and 50" in oracle.facts.note
    whole = smoothed(_cloud(40), _cloud(50, 1), most=2500)
    assert whole.components == 2000
    assert "stand for" not in whole.facts.note


def test_spacing_is_the_median_distance_to_a_neighbour() -> None:
    row = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [9.0, 0.0], [9.0, 0.0]])
    assert spacing(row) == 1.0
    assert spacing(row[:1]) == 0.0
    assert smoothed(row[:1], row[3:4]).velocity(row[:1], 0.0)[0, 0] == pytest.approx(9.0)


def test_clouds_that_are_none_are_refused() -> None:
    for wrong in (torch.zeros(0, 2), torch.zeros(3), torch.full((2, 2), float("nan"))):
        with pytest.raises(Invalid):
            atoms(wrong)
    with pytest.raises(Invalid, match="more than 0"):
        smoothed(_cloud(3), _cloud(3), bandwidth=0.0)
