"""The state of a training: read, loaded, and restored when training breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.recipes import RECIPES
from flowlab.core.document.shapes import Gaussian
from flowlab.core.learning.trainer import Diverged, Trainer
from flowlab.core.learning.weights import Weights
from tests.helpers.trainers import SMALL, same


def test_weights_are_read_only_copies() -> None:
    trainer = Trainer(SMALL)
    before = trainer.weights()
    kept = {name: value.copy() for name, value in before.arrays.items()}
    trainer.advance(5)
    assert all(np.array_equal(before.arrays[name], kept[name]) for name in kept)
    with pytest.raises(ValueError, match="read-only"):
        before.arrays["net.0.weight"][0] = 1


@pytest.mark.parametrize(("optimiser", "rate"), [("sgd", 10.0), ("adam", 10.0)])
def test_divergence_restores_the_last_good_weights_and_says_what_to_do(
    optimiser: str, rate: float
) -> None:
    document = replace(SMALL, network=RECIPES["IADB tutorial"][0])
    trainer = Trainer(document)
    trainer.advance(64)
    good, step = trainer.weights(), trainer.step
    trainer.set_training(replace(SMALL.training, optimiser=optimiser, learning_rate=rate))
    blocks = zip(range(50), trainer.steps(16), strict=False)
    with pytest.raises(Diverged, match="learning rate 10: lower it"):
        list(blocks)
    kept = trainer.weights()
    assert trainer.step == step
    assert all(np.array_equal(kept.arrays[name], good.arrays[name]) for name in good.arrays)
    trainer.set_training(document.training)
    assert trainer.advance(16).mse < 60


def test_weights_are_good_only_once_their_loss_is_known() -> None:
    """Blocks of one step, as large nets take: the weights after it have not been tried yet."""
    trainer = Trainer(SMALL)
    trainer.advance(64)
    trainer.set_training(replace(SMALL.training, learning_rate=10.0))
    trainer.advance(1)
    trainer.set_training(replace(SMALL.training, learning_rate=10.0, optimiser="sgd"))
    singles = zip(range(40), trainer.steps(1), strict=False)
    with pytest.raises(Diverged):
        list(singles)
    assert trainer.step == 64
    trainer.set_training(SMALL.training)
    assert trainer.advance(1).mse < 60


def test_weights_that_are_not_finite_are_refused() -> None:
    trainer = Trainer(SMALL)
    arrays = {name: value.copy() for name, value in trainer.weights().arrays.items()}
    arrays["net.0.bias"][3] = np.nan
    with pytest.raises(Invalid, match="not finite"):
        trainer.load(Weights(step=7, arrays=arrays))
    assert trainer.step == 0


def test_loading_goes_on_from_saved_weights() -> None:
    one = Trainer(SMALL)
    one.advance(50)
    saved = one.weights()
    two = Trainer(SMALL, seed=9)
    two.load(saved)
    assert two.step == 50
    assert same(one, two)
    two.advance(10)
    assert two.step == 60
    with pytest.raises(Invalid, match="another kind or size"):
        Trainer(Document()).load(saved)


def test_weights_are_loaded_with_their_fourier_features() -> None:
    broad = replace(SMALL, target=Gaussian(offset_x=2.0))
    wavy = Trainer(replace(broad, network=replace(SMALL.network, waves="on")))
    wavy.advance(20)
    plain = Trainer(broad)
    assert plain.network.waves == "off"
    plain.load(wavy.weights())
    assert plain.network.waves == "on"
    assert same(plain, wavy)
    assert plain.advance(5).step == 25


def test_raw_weights_are_those_of_the_step_and_averaged_ones_are_not() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(30)
    weights, net = trainer.weights(), trainer._state.flat.net.state_dict()
    assert weights.raw is not None
    assert all(np.array_equal(weights.raw[name], net[name].numpy()) for name in net)
    assert not np.array_equal(weights.raw["net.0.weight"], weights.arrays["net.0.weight"])
