"""What is opened: saved weights in use, or refused in words."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Ring
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord
from flowlab.work.engine import Engine
from tests.helpers.engines import SMALL, in_use, shown, stroke, trained
from tests.helpers.waiting import until


def test_opening_starts_from_the_saved_weights(engine: Engine) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    saved = trainer.weights()
    shown(engine, replace(SMALL, target=Ring()))
    engine.train()
    engine.open(SMALL, TrainingRecord(weights=saved))
    until(lambda: engine.newest() is not None)
    bundle, weights = engine.newest(), in_use(engine)
    assert bundle is not None
    assert weights is not None
    assert bundle.step == weights.step == 40
    for name, value in saved.arrays.items():
        np.testing.assert_allclose(weights.arrays[name], value, rtol=1e-6)
    assert engine.status().state == "paused"
    engine.open(SMALL)
    until(lambda: in_use(engine) is not None)
    assert engine.status().state == "idle"


def test_weights_of_another_network_are_refused_in_words(engine: Engine) -> None:
    other = Trainer(replace(SMALL, network=Network(width=5, depth=1))).weights()
    engine.open(SMALL, TrainingRecord(weights=other))
    until(lambda: engine.status().problem != "")
    assert engine.status().step == 0


def test_what_was_saved_is_known_until_it_is_in_use_and_used_when_it_can_be(
    engine: Engine,
) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    losses = {name: np.arange(1.0, 5.0) for name in ("step", "mse", "quadratic")}
    saved = TrainingRecord(weights=trainer.weights(), losses=losses)
    shown(engine, replace(SMALL, target=Ring()))
    trained(engine, 60)
    empty = replace(SMALL, target=Drawing())  # nothing that could be trained on
    engine.open(empty, saved)
    until(lambda: engine.status().problem != "")
    record = engine.record(SMALL.network)
    assert record is not None
    assert record.weights is saved.weights
    assert engine.status().history.mse.tolist() == losses["mse"].tolist()
    engine.apply(replace(SMALL, target=Drawing(strokes=(stroke(0.0),))))
    until(lambda: engine.newest() is not None)
    assert engine.newest().step == 40  # type: ignore[union-attr]
    assert engine.status().history.mse.tolist() == losses["mse"].tolist()


def test_an_edit_right_after_opening_keeps_the_opened_weights(engine: Engine) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    blocked, reached = threading.Event(), threading.Event()
    engine._training._worker.post(lambda: (reached.set(), blocked.wait(20))[0])
    assert reached.wait(20)
    engine.open(SMALL, TrainingRecord(weights=trainer.weights()))
    engine.apply(replace(SMALL, training=replace(SMALL.training, batch=64)))
    blocked.set()
    until(lambda: engine.newest() is not None)
    weights = in_use(engine)
    assert weights is not None
    assert weights.step == 40


def test_saved_weights_may_be_loaded_into_the_open_document(engine: Engine) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    shown(engine, SMALL)
    engine.open(SMALL, TrainingRecord(weights=trainer.weights()))
    until(lambda: engine.newest() is not None)
    assert engine.status().step == 40
