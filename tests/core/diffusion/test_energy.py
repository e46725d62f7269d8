"""An energy network: its gradient, its normalisation, and the density that it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.energy import LearnedEnergy, learn_energy, normalised
from flowlab.core.diffusion.score_network import ENERGY, Scaling, curl, score_network
from flowlab.core.diffusion.score_training import ScoreTask
from flowlab.core.diffusion.smoothed import Smoothed, score_error
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Moons

SIGMA = 0.5
D = torch.float64


def random_energy(last: float = 1.0) -> LearnedEnergy:
    """With random weights, in float64."""
    rng = torch.Generator().manual_seed(3)
    net = score_network(Network(width=16, depth=2), ENERGY, rng).double()
    with torch.no_grad():
        [*net.parameters()][-2].normal_(std=last, generator=rng)
    scaling = Scaling(torch.tensor([[0.5], [-1.0]], dtype=D), 1.2)
    return LearnedEnergy(net, scaling, np.zeros(0), 0.0)


def test_its_score_is_its_gradient_and_has_no_curl() -> None:
    energy = random_energy()
    x = 2 * torch.randn(50, 2, dtype=D)
    score, h = energy.score(x, SIGMA), 1e-5
    for axis, step in enumerate(h * torch.eye(2, dtype=D)):
        slope = (energy(x + step, SIGMA) - energy(x - step, SIGMA)) / (2 * h)
        torch.testing.assert_close(score[:, axis], slope.detach(), rtol=1e-6, atol=1e-7)
    assert float(curl(energy.score, x, SIGMA).abs().max()) < 1e-12 * float(score.abs().max())
    assert float(curl(lambda x, s: x.flip(1) * torch.tensor([1.0, -1.0]), x, SIGMA)[0]) == -2


def test_the_normalisation_of_a_gaussian_is_known() -> None:
    energy = random_energy(0.0)  # then it is one Gaussian
    with torch.no_grad():
        [*energy.net.parameters()][-1].fill_(0.3)
    found = normalised(energy, SIGMA, 64)
    variance = 1.2**2 + SIGMA**2
    expected = math.log(2 * math.pi * variance) + 1.2 / SIGMA * 0.3
    assert found.log_z == pytest.approx(expected, abs=1e-7)
    assert found.edge == pytest.approx(math.exp(-18), rel=1e-6)  # six deviations out
    assert found.density.max() == pytest.approx(1 / (2 * math.pi * variance), rel=1e-6)
    rough = normalised(energy, SIGMA, 12)
    assert abs(math.exp(rough.log_z - expected) - 1) < rough.error
    assert rough.error > 1e-3
    with pytest.raises(Invalid, match="number of cells"):
        normalised(energy, SIGMA, 7)


def test_it_learns_the_density_of_the_blurred_target() -> None:
    exact = Smoothed.of(Moons())
    network = Network(width=32, depth=3)
    task = ScoreTask(target=exact.target, sigma=SIGMA, network=network, steps=400)
    energy = learn_energy(task)
    assert score_error(energy.score, exact, SIGMA).relative < 0.2
    found = normalised(energy, SIGMA, 96)
    assert found.error < 1e-4
    assert found.edge < 1e-6
    x, y = np.meshgrid(found.xs, found.ys)
    places = torch.from_numpy(np.stack([x.ravel(), y.ravel()], 1))
    truth = exact.log_density(places, SIGMA).exp().nan_to_num(0.0).numpy().reshape(x.shape)
    cell = (found.xs[1] - found.xs[0]) * (found.ys[1] - found.ys[0])
    assert found.density.sum() * cell == pytest.approx(1, abs=1e-4)
    assert np.abs(found.density - truth).sum() * cell < 0.15
