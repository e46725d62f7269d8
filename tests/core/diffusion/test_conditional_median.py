"""What L1 learns of the noise: by quadrature over the target, and where it is no score."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flowlab.core.diffusion.conditional_median import noise_mean_and_median
from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.limits import Invalid

D = torch.float64
SKEWED = MixtureParameters(
    torch.tensor([0.8, 0.2], dtype=D),
    torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=D),
    torch.tensor([[[0.1, 0.0], [0.0, 0.1]], [[0.5, 0.2], [0.2, 0.3]]], dtype=D),
)
GRID = torch.linspace(-6, 8, 561, dtype=D)


def log_density(x: Tensor) -> Tensor:
    parts = []
    for w, m, c in zip(SKEWED.weights, SKEWED.means, SKEWED.covs, strict=True):
        scaled = torch.linalg.solve_triangular(torch.linalg.cholesky(c), (x - m).T, upper=False)
        parts.append(w.log() - c.logdet() / 2 - scaled.square().sum(0) / 2)
    return torch.stack(parts).logsumexp(0)


@pytest.mark.parametrize("abar", [0.9, 0.4])
def test_it_is_the_minimiser_of_l1_by_quadrature(abar: float) -> None:
    """E|z - e| on a grid of x1 has its derivative's zero at the median, E|z - e|^2 at the mean."""
    a, b = math.sqrt(abar), math.sqrt(1 - abar)
    points = torch.tensor([[0.8, 0.4], [1.2, -0.3]], dtype=D)
    mean, median = noise_mean_and_median(SKEWED, points, abar)
    x1 = torch.cartesian_prod(GRID, GRID)
    prior = log_density(x1)
    for x, by_mse, by_l1 in zip(points, mean, median, strict=True):
        z = (x - a * x1) / b
        weight = (prior - z.square().sum(1) / 2).softmax(0)
        torch.testing.assert_close((weight[:, None] * z).sum(0), by_mse, atol=1e-6, rtol=0)
        step = 0.1

        def cost(e: Tensor, z: Tensor = z, weight: Tensor = weight) -> Tensor:
            return (weight[:, None] * (z - e).abs()).sum(0)

        assert bool((cost(by_l1) < cost(by_l1 + step)).all())
        assert bool((cost(by_l1) < cost(by_l1 - step)).all())
        below = (weight[:, None] * (z < by_l1)).sum(0)
        torch.testing.assert_close(below, torch.full((2,), 0.5, dtype=D), atol=0.02, rtol=0)
        assert float((by_mse - by_l1).abs().max()) > 0.05


def test_both_are_equal_for_one_gaussian() -> None:
    one = MixtureParameters(*(part[1:] for part in (SKEWED.weights, SKEWED.means, SKEWED.covs)))
    mean, median = noise_mean_and_median(one, torch.randn(20, 2), 0.5)
    torch.testing.assert_close(mean, median)


def test_an_end_without_noise_or_data_is_refused() -> None:
    with pytest.raises(Invalid, match="abar must lie between"):
        noise_mean_and_median(SKEWED, torch.zeros(1, 2), 1.0)
