"""Distances of samples of two Gaussians against what they are between the Gaussians themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.special import ive
from torch import Tensor

from flowlab.core.metrics import energy_distance, exact_w2, gaussian_w2, sliced_w2
from flowlab.core.metrics.distances import sliced_w2_matrix

N, SHIFT, SCALE = 1500, 2.0, 1.6  # N(0, I) and N((2, 0), 1.6^2 I)


def pair(seed: int, n: int = N) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, n, 2, generator=rng, dtype=torch.float64)
    return x, SCALE * y + torch.tensor([SHIFT, 0.0])


def mean_norm(shift: float, variance: float) -> float:
    """E|z| of z ~ N((shift, 0), variance I) in the plane: Rice's distribution."""
    k = shift**2 / (4 * variance)
    bessel = (1 + 2 * k) * ive(0, k) + 2 * k * ive(1, k)
    return math.sqrt(math.pi * variance / 2) * float(bessel)


def test_the_energy_distance_has_its_closed_form() -> None:
    own, other = mean_norm(0, 2), mean_norm(0, 2 * SCALE**2)
    exact = 2 * mean_norm(SHIFT, 1 + SCALE**2) - own - other
    bias = (own + other) / N  # pairs of a point with itself have no distance
    found = [energy_distance(*pair(k)) ** 2 - bias for k in range(6)]
    error = np.std(found, ddof=1) / 6**0.5
    assert np.mean(found) == pytest.approx(exact, abs=4 * error)
    assert error < 0.1 * exact


def test_the_sliced_distance_has_its_closed_form() -> None:
    """Each projection is Gaussian too: SW2^2 = |shift|^2 / 2 + (scale - 1)^2."""
    exact = math.sqrt(SHIFT**2 / 2 + (SCALE - 1) ** 2)
    found = [sliced_w2(*pair(k, 4000), projections=256) for k in range(4)]
    assert np.mean(found) == pytest.approx(exact, rel=0.03)


def test_the_gaussians_themselves_have_their_closed_form() -> None:
    eye, origin = torch.eye(2), torch.zeros(2)
    exact = gaussian_w2(origin, eye, torch.tensor([SHIFT, 0.0]), SCALE**2 * eye)
    assert exact == pytest.approx(math.sqrt(SHIFT**2 + 2 * (SCALE - 1) ** 2))


def of_moments(x: Tensor, y: Tensor) -> float:
    """The distance of the Gaussians with the samples' own moments."""
    moments = [part for z in (x, y) for part in (z.mean(0), torch.cov(z.T, correction=0))]
    return gaussian_w2(*moments)


def test_the_exact_distance_comes_down_to_that_of_the_moments() -> None:
    """No distance is below that of Gaussians of the same moments (Gelbrich 1990)."""
    gaps = []
    for n in (30, 400):
        pairs = [pair(k, n) for k in range(4)]
        gaps.append([exact_w2(x, y, n) / of_moments(x, y) - 1 for x, y in pairs])
    assert min(gaps[0]) > 0
    assert min(gaps[1]) > 0
    assert max(gaps[1]) < min(gaps[0])
    assert max(gaps[1]) < 0.05


def test_the_sliced_distances_of_several_clouds_are_those_of_every_two() -> None:
    clouds = torch.randn(3, 500, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    clouds[1:, :, 0] += torch.tensor([[1.0], [3.0]], dtype=torch.float64)
    found = sliced_w2_matrix(clouds.numpy(), projections=32)
    for i, x in enumerate(clouds):
        each = [0.0 if i == j else sliced_w2(x, y, projections=4000) for j, y in enumerate(clouds)]
        assert found[i].tolist() == pytest.approx(each, rel=0.03)
