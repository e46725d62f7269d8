"""The weights of noise levels: against quadrature, and in the loss."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.array_types import Ints
from flowlab.core.document.training import WEIGHT_CAP
from flowlab.core.domains import square
from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.wall_pairs import NoisedPoints
from flowlab.core.learning.wall_weighting import noise_scores, sqrt_weight_of
from flowlab.core.reflected.settings import Reflected
from tests.helpers.learned_score import learns_score


class Uniform:
    """Uniform in a square of side 1 around 0."""

    def sample_labelled(self, n: int, rng: torch.Generator) -> tuple[Tensor, Ints | None]:
        """Samples (n, 2), and no classes."""
        return torch.rand(n, 2, generator=rng, dtype=torch.float64) - 0.5, None


def points() -> NoisedPoints:
    return NoisedPoints(cast(Any, Uniform()), WallNoise(square(1.0), Reflected()), "square")


def by_quadrature(sigma: float) -> float:
    """E|grad log p|^2 for uniform data in the unit square, by mirror images on [0, 1]."""
    x = (np.arange(400) + 0.5) / 400
    y, k = x[:, None, None], np.arange(-8, 9)
    p, slope = np.zeros((400, 400)), np.zeros((400, 400))
    for centre in (2 * k + y, 2 * k - y):
        apart = x[:, None] - centre
        bell = np.exp(-0.5 * (apart / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
        p += bell.sum(2)
        slope -= (apart / sigma**2 * bell).sum(2)
    return 2 * float((slope**2 / p).mean())


@pytest.mark.parametrize("sigma", [0.05, 0.2, 0.4, 0.7, 1.0])
def test_the_measured_size_of_scores_is_that_by_quadrature(sigma: float) -> None:
    made = points()
    first, last = (made.walls.settings.sigma_min, made.walls.settings.sigma_max)
    t = 1 - math.log(sigma / first) / math.log(last / first)
    weight = float(noise_scores(made).relative_weight(torch.tensor([t], dtype=torch.float64)))
    assert 2 / (sigma**2 * weight) == pytest.approx(by_quadrature(sigma), rel=0.07)


def test_uncapped_it_would_be_two_thousand_sigma_squared_at_the_side() -> None:
    made = points()
    t = torch.linspace(0, 1, 40_001, dtype=torch.float64)
    sigma = made.walls.variance(t).sqrt()
    at = t[(sigma - 1).abs().argmin()][None]
    weight = float(noise_scores(made).relative_weight(at))
    assert weight == pytest.approx(math.exp(math.pi**2) / math.pi**2, rel=0.1)
    assert 1 / (0.5 * by_quadrature(1.0)) == pytest.approx(weight, rel=0.1)
    training = replace(learns_score().training, weighting="inverse")
    capped = sqrt_weight_of(training, made)
    assert capped is not None
    assert float(capped(at)) ** 2 == pytest.approx(WEIGHT_CAP)
    small = torch.linspace(0.75, 1, 50)  # no wall is felt: sigma^2 itself
    assert capped(small).square().numpy() == pytest.approx(np.ones(50), abs=0.15)
    assert bool((capped(torch.linspace(0, 1, 500)).square() <= WEIGHT_CAP * 1.0001).all())


def test_it_changes_what_is_learned_and_by_default_nothing() -> None:
    document = learns_score()
    assert sqrt_weight_of(document.training, points()) is None
    other = replace(document, training=replace(document.training, weighting="inverse"))
    one, two = Trainer(document), Trainer(other)
    one.advance(60)
    two.advance(30)
    before = two._state.flat.vector.clone()
    two.set_training(document.training)  # goes on with the same weights
    assert torch.equal(before, two._state.flat.vector)
    two.advance(30)
    assert two.step == 60
    assert not np.array_equal(
        one.weights().arrays["net.0.weight"], two.weights().arrays["net.0.weight"]
    )


def test_each_level_s_loss_is_multiplied_by_its_weight() -> None:
    document = learns_score()
    other = replace(document, training=replace(document.training, weighting="inverse"))
    plain, weighted = (Trainer(each) for each in (document, other))
    for trainer in (plain, weighted):
        trainer._stepper.draw(trainer._rng)
    one, two = (trainer._stepper.batches for trainer in (plain, weighted))
    (first, target), (second, scaled) = (each.predictions(0, 2) for each in (one, two))
    ratio = (scaled.norm(dim=1) / target.norm(dim=1)).numpy()
    assert ratio.min() > 0.85
    assert ratio.max() == pytest.approx(math.sqrt(WEIGHT_CAP), rel=1e-3)
    assert first.shape == second.shape
