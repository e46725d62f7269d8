"""A copy of a trainer's weights stays what it was while the trainer goes on."""

from __future__ import annotations

import numpy as np

from flowlab.core.learning.trainer import Trainer
from tests.helpers.trainers import SMALL


def test_it_is_the_trainer_s_weights_of_that_step_for_ever() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(100)
    copied, then = trainer.copy(), trainer.weights()
    trainer.advance(20)
    found = copied.weights()
    assert (found.step, copied.step, then.step) == (100, 100, 100)
    assert found.arrays.keys() == then.arrays.keys()
    assert found.raw is not None
    assert then.raw is not None
    for name in then.arrays:
        np.testing.assert_array_equal(found.arrays[name], then.arrays[name])
        np.testing.assert_array_equal(found.raw[name], then.raw[name])
    assert any(not np.array_equal(found.raw[name], found.arrays[name]) for name in found.raw)
    now = trainer.weights()
    assert any(not np.array_equal(now.arrays[name], found.arrays[name]) for name in now.arrays)


def test_its_size_is_that_of_both_sets_and_what_is_measured() -> None:
    copied = Trainer(SMALL).copy()
    weights = copied.weights()
    assert weights.raw is not None
    learned = sum(
        weights.arrays[name].size for name in weights.arrays if name not in copied.buffers
    )
    measured = sum(value.numel() * value.element_size() for value in copied.buffers.values())
    assert copied.nbytes == 2 * 4 * learned + measured
