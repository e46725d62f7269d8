"""What L1 learns of the noise: by quadrature over the target, and where it is no score."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.diffusion.conditional_median import noise_mean_and_median
from flowlab.core.diffusion.score_training import ScoreTask, learn
from flowlab.core.distributions.factory import build
from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Mixture

D = torch.float64
SKEWED = MixtureParameters(
    torch.tensor([0.8, 0.2], dtype=D),
    torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=D),
    torch.tensor([[[0.1, 0.0], [0.0, 0.1]], [[0.5, 0.2], [0.2, 0.3]]], dtype=D),
)
COVS = ((0.02, 0.0, 0.02), (0.02, 0.0, 0.02))
SMALL = Network(width=32, depth=3)
GRID = torch.linspace(-6, 8, 561, dtype=D)


def log_density(x: Tensor) -> Tensor:
    parts = []
    for w, m, c in zip(SKEWED.weights, SKEWED.means, SKEWED.covs, strict=True):
        scaled = torch.linalg.solve_triangular(torch.linalg.cholesky(c), (x - m).T, upper=False)
        parts.append(w.log() - c.logdet() / 2 - scaled.square().sum(0) / 2)
    return torch.stack(parts).logsumexp(0)


@pytest.mark.parametrize("abar", [0.9, 0.4])
def test_it_is_the_median_by_quadrature(abar: float) -> None:
    """On a grid of x1: its mean, and where each axis has half the mass below."""
    a, b = math.sqrt(abar), math.sqrt(1 - abar)
    points = torch.tensor([[0.8, 0.4], [1.2, -0.3]], dtype=D)
    mean, median = noise_mean_and_median(SKEWED, points, abar)
    x1 = torch.cartesian_prod(GRID, GRID)
    prior = log_density(x1)
    for x, by_mse, by_l1 in zip(points, mean, median, strict=True):
        z = (x - a * x1) / b
        weight = (prior - z.square().sum(1) / 2).softmax(0).view(len(GRID), len(GRID))
        for axis in (0, 1):
            mass = weight.sum(1 - axis)
            middle = np.interp(0.5, (mass.cumsum(0) - mass / 2).numpy(), GRID.numpy())
            assert float(by_l1[axis]) == pytest.approx(float(x[axis] - a * middle) / b, abs=2e-3)
            centre = (mass * GRID).sum()
            assert float(by_mse[axis]) == pytest.approx(float(x[axis] - a * centre) / b, abs=1e-6)
        assert float((by_mse - by_l1).abs().max()) > 0.05


def test_each_loss_trains_a_network_that_is_the_best_by_it() -> None:
    """On fresh samples of a skewed target; of the exact mean and median it holds as well."""
    sigma, shape = 1.0, Mixture(weights=(0.8, 0.2), means=((0.0, 0.0), (2.5, 2.5)), covs=COVS)
    target, rng = build(shape), torch.Generator().manual_seed(1)
    z = torch.randn(20_000, 2, dtype=D, generator=rng)
    x, abar = target.sample(len(z), rng).double() + sigma * z, 1 / (1 + sigma**2)
    mixture = target.mixture()
    assert mixture is not None
    task = ScoreTask(target=target, sigma=sigma, network=SMALL, steps=600)
    learned = [
        -sigma * learn(replace(task, loss=loss), "denoising").score(x, sigma).double()
        for loss in ("mse", "l1")
    ]
    for by_mse, by_l1 in (learned, noise_mean_and_median(mixture, math.sqrt(abar) * x, abar)):
        squares = (by_l1 - z).square() - (by_mse - z).square()
        sizes = (by_mse - z).abs() - (by_l1 - z).abs()
        for gain in (squares.mean(1), sizes.mean(1)):
            assert gain.mean() > 4 * gain.std() / len(z) ** 0.5


def test_both_are_equal_for_one_gaussian() -> None:
    one = MixtureParameters(*(part[1:] for part in (SKEWED.weights, SKEWED.means, SKEWED.covs)))
    mean, median = noise_mean_and_median(one, torch.randn(20, 2), 0.5)
    torch.testing.assert_close(mean, median)


def test_an_end_without_noise_or_data_is_refused() -> None:
    with pytest.raises(Invalid, match="abar must lie between"):
        noise_mean_and_median(SKEWED, torch.zeros(1, 2), 1.0)
