"""Langevin dynamics: the bias of its steps in closed form, its modes, and annealing."""

from __future__ import annotations

import math

import pytest
import torch

from flowlab.core.diffusion.langevin import langevin, step_size_for
from flowlab.core.diffusion.steps import carry, noise_for
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Ring
from tests.helpers.noise_models import NOISE, drawn, exact_model

NARROW = Gaussian(std_x=0.5, std_y=0.5, offset_x=1.0)


@pytest.mark.parametrize("source", [Gaussian(), NOISE])
def test_unadjusted_steps_inflate_a_gaussian_as_known(source: Gaussian) -> None:
    """To v / (1 - eta / (4 v)), of v = .25 and eta = .2 to .3125, whatever the model's noise."""
    model, n, sigma, eta = exact_model(Document(source=source, target=NARROW)), 2000, 0.01, 0.2
    steps = langevin(model, (sigma,), 40, eta)
    x = carry(model.field, [steps], drawn(NARROW, n, 0).double(), noise_for(n, 40, 1)).points[-1]
    expected = 0.25 / (1 - eta / 4 / 0.25)
    assert x.var(0).tolist() == pytest.approx([expected] * 2, rel=5 * math.sqrt(2 / n))
    assert x.mean(0).tolist() == pytest.approx([1.0, 0.0], abs=4 * math.sqrt(0.3125 / n))


def test_without_noise_points_climb_to_the_modes() -> None:
    model = exact_model(Document(target=Ring(count=4, radius=2.0, std=0.3)))
    steps = langevin(model, (0.01,), 100, 0.1, noise=0.0)
    x = carry(model.field, [steps], drawn(Gaussian(), 300, 0), noise_for(300, 100, 1)).points[-1]
    modes = torch.tensor([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]])
    assert float(torch.cdist(x, modes).amin(1).max()) < 0.01


def test_annealing_crosses_what_plain_steps_do_not() -> None:
    """From one of two far modes of a ring to both, in the shares that they have."""
    document = Document(target=Ring(count=2, radius=3.0, std=0.3))
    model, n, sigmas = exact_model(document), 300, (6.0, 3.0, 1.5, 0.8, 0.4, 0.2, 0.1)
    start = torch.tensor([[0.0, 3.0]]).repeat(n, 1)
    shares = []
    for levels in ((0.1,), sigmas):
        steps = langevin(model, levels, 280, step_size_for(levels))
        x = carry(model.field, [steps], start, noise_for(n, 280, 1)).points[-1]
        shares.append(float((x[:, 1] > 0).double().mean()))
        assert float((x[:, 1].abs() - 3).abs().mean()) < 0.4
    assert shares[0] == 1.0
    assert shares[1] == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(n) + 0.02)
    assert step_size_for((5.0, 0.1)) == pytest.approx(0.002)
