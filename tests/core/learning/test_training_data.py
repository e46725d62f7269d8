"""The data of a training: swapped on the way, standardised, and refused in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.document.training import Training
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import Weights
from tests.helpers.trainers import SMALL, error_of


def test_swapping_the_data_keeps_the_weights_and_learns_the_new_ones() -> None:
    trainer = Trainer(Document(target=Ring(count=4)))
    trainer.advance(200)
    before = trainer.weights().arrays
    swapped = Document(target=Ring(count=4, rotation=45.0))
    trainer.swap_data(swapped)
    after = trainer.weights().arrays
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert trainer.step == 200
    worst = error_of(trainer)
    trainer.advance(200)
    assert error_of(trainer) < 0.6 * worst


def test_a_swap_keeps_the_training_it_had() -> None:
    trainer = Trainer(SMALL)
    trainer.set_training(replace(SMALL.training, learning_rate=1e-5))
    trainer.swap_data(replace(SMALL, target=Moons()))
    assert trainer.document.training.learning_rate == 1e-5
    assert isinstance(trainer.document.target, Moons)


def test_data_swapped_for_much_larger_ones_are_learned_as_if_from_the_start() -> None:
    """A drawing that began with a dot: its standardisation would hold the rest back."""
    wide = replace(SMALL, target=Ring(count=4))
    warm = Trainer(replace(SMALL, target=Gaussian(std_x=0.05, std_y=0.05, offset_x=2.0)))
    warm.advance(100)
    warm.swap_data(wide)
    warm.advance(200)
    fresh = Trainer(wide)
    fresh.advance(200)
    assert error_of(warm) < 1.2 * error_of(fresh)


def test_data_that_grow_a_little_keep_the_standardisation() -> None:
    trainer = Trainer(SMALL)
    before = trainer.weights().arrays
    trainer.swap_data(replace(SMALL, target=Ring(radius=6.0, offset_x=0.5)))
    after = trainer.weights().arrays
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_thin_shape_gets_fourier_features_and_the_flow_does_not_jump() -> None:
    blob = replace(SMALL, target=Moons(noise=2.0))
    trainer = Trainer(blob)
    trainer.advance(60)
    before = trainer.weights()
    trainer.swap_data(replace(SMALL, target=Moons(noise=0.02)))
    after = trainer.weights()
    assert (trainer.network.waves, trainer.step) == ("on", 60)
    assert after.arrays["net.0.weight"].shape[1] == before.arrays["net.0.weight"].shape[1] + 48
    x, t = torch.randn(500, 2), torch.rand(500)
    one, two = (LearnedVelocity(SMALL.network, weights) for weights in (before, after))
    torch.testing.assert_close(two.velocity(x, t), one.velocity(x, t))
    raw = (Weights(arrays=weights.raw or {}) for weights in (before, after))
    one, two = (LearnedVelocity(SMALL.network, weights) for weights in raw)
    torch.testing.assert_close(two.velocity(x, t), one.velocity(x, t))
    assert trainer.advance(32).step == 92


@pytest.mark.slow
def test_the_exact_target_has_the_same_minimiser_and_less_noise() -> None:
    errors = {}
    for target in ("pairs", "exact"):
        trainer = Trainer(Document(training=Training(target=target)))
        trainer.advance(500)
        errors[target] = error_of(trainer)
    assert errors["exact"] < 0.6 * errors["pairs"]


def test_the_exact_target_is_refused_where_it_is_not_known() -> None:
    exact = replace(SMALL.training, target="exact")
    with pytest.raises(Invalid, match="zero-variance target needs"):
        Trainer(replace(SMALL, target=Moons(), training=exact))
    trainer = Trainer(replace(SMALL, target=Moons()))
    with pytest.raises(Invalid, match="zero-variance target needs"):
        trainer.set_training(exact)
    assert trainer.document.training == SMALL.training
    trainer.advance(3)


def test_a_swap_that_the_prediction_cannot_follow_is_refused_and_changes_nothing() -> None:
    network = replace(SMALL.network, predicts="score")
    trainer = Trainer(replace(SMALL, network=network))
    with pytest.raises(Invalid, match="can learn the score only where"):
        trainer.swap_data(replace(SMALL, network=network, source=Moons()))
    assert trainer.document.source == SMALL.source
    trainer.advance(3)


def test_the_exact_target_is_a_velocity() -> None:
    network = replace(SMALL.network, predicts="denoiser")
    with pytest.raises(Invalid, match="zero-variance target is a velocity"):
        Trainer(replace(SMALL, network=network, training=Training(target="exact")))


def test_pairs_that_belong_together_are_standardised_so() -> None:
    """Optimal transport nearly removes the residual of a stretch: the Gaussian flow is right."""
    wide = Gaussian(std_x=3.0, std_y=2.0, offset_x=1.0)
    trainer = Trainer(replace(SMALL, target=wide, coupling=Coupling(kind="ot", batch=256)))
    preconditioner = trainer._state.flat.net.preconditioner
    assert preconditioner is not None
    assert not preconditioner.independent_linear
    x = torch.tensor([[1.0, -0.5]]) * torch.tensor([[2.0], [0.7]])
    stretch = x * torch.tensor([2.0, 1.0]) + torch.tensor([1.0, 0.0])  # x1 - x0 of the best plan
    field = LearnedVelocity(trainer.document.network, trainer.weights())
    torch.testing.assert_close(field.velocity(x, 0.0), stretch, atol=0.25, rtol=0.1)
