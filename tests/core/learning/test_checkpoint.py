"""A trainer goes on from a checkpoint as if it had never stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Moons
from flowlab.core.document.training import Training
from flowlab.core.learning.trainer import Trainer

SMALL = Document(network=Network(width=16, depth=2), training=Training(batch=320))
BUFFER = 10_000 // 320  # steps that one drawing of batches lasts


def same(one: Trainer, other: Trainer) -> bool:
    a, b = one.weights(), other.weights()
    assert a.raw is not None
    assert b.raw is not None
    pairs = [(a.arrays, b.arrays), (a.raw, b.raw)]
    return all(np.array_equal(x[name], y[name]) for x, y in pairs for name in x)


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
def test_a_resumed_trainer_takes_the_same_steps(optimiser: str) -> None:
    training = replace(SMALL.training, optimiser=optimiser, learning_rate=1e-3)
    document = replace(SMALL, training=training)
    whole, broken = Trainer(document), Trainer(document)
    whole.advance(BUFFER)
    broken.advance(BUFFER)
    checkpoint = broken.checkpoint()
    broken.advance(7)  # what comes later doesn't change it
    resumed = Trainer(document)
    resumed.resume(checkpoint)
    assert (resumed.step, resumed.seconds) == (BUFFER, checkpoint.weights.seconds)
    assert not same(resumed, broken)
    whole.advance(BUFFER)
    resumed.advance(BUFFER)
    assert same(whole, resumed)


def test_a_checkpoint_without_its_optimiser_still_has_the_weights() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(5)
    light = trainer.checkpoint().without_optimiser()
    assert light.nbytes < trainer.checkpoint().nbytes
    resumed = Trainer(SMALL)
    resumed.resume(light)
    assert same(trainer, resumed)
    resumed.advance(3)
    assert resumed.step == 8


def test_a_checkpoint_after_other_data_were_swapped_in_keeps_its_preconditioning() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(5)
    other = replace(SMALL, target=Moons())
    trainer.swap_data(other)
    trainer.advance(5)
    resumed = Trainer(other)
    resumed.resume(trainer.checkpoint())
    assert same(trainer, resumed)


def test_a_checkpoint_of_another_network_is_refused() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(1)
    other = Trainer(replace(SMALL, network=Network(width=24, depth=2)))
    with pytest.raises(Invalid, match="another kind or size"):
        other.resume(trainer.checkpoint())
