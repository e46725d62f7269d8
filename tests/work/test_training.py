"""The training thread: the very steps of a trainer, edits that keep or replace it, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Gaussian, Ring
from flowlab.core.document.training import Training
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.work.model import Model
from flowlab.work.training import TrainingThread
from tests.helpers.trainers import SMALL
from tests.helpers.waiting import until

OTHER = replace(SMALL, network=Network(width=8, depth=1))


class Watched:
    """A training thread, and what it published."""

    def __init__(self, wanted: Callable[[], bool] = lambda: True) -> None:
        self.models: list[Model] = []
        self.thread = TrainingThread(lambda _: Place("cpu", 1), self.models.append, wanted)

    @property
    def newest(self) -> Model:
        return self.models[-1]

    def after(self, act: Callable[[], None]) -> Model:
        """The model that is published once that has been done."""
        seen = len(self.models)
        act()
        until(lambda: len(self.models) > seen)
        return self.newest

    def opened(self, document: Document, record: TrainingRecord | None = None) -> Model:
        return self.after(lambda: self.thread.open(document, record))


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    assert made.thread.close()


def equal(one: Weights, two: Weights) -> bool:
    return all(np.array_equal(one.arrays[name], two.arrays[name]) for name in two.arrays)


def stepped(document: Document, steps: int) -> Weights:
    trainer = Trainer(document)
    for _ in range(steps):
        trainer.advance(1)
    return trainer.weights()


def test_steps_are_those_of_a_trainer(watched: Watched) -> None:
    assert watched.thread.state == "idle"
    first = watched.opened(SMALL)
    assert first.weights.step == 0
    assert equal(first.weights, Trainer(SMALL).weights())
    for k in (1, 2, 3):
        model = watched.after(watched.thread.step)
        assert model.weights.step == k
    assert equal(watched.newest.weights, stepped(SMALL, 3))
    assert watched.thread.state == "paused"
    assert watched.thread.recorder.step == 3
    np.testing.assert_array_equal(watched.thread.recorder.history().steps, [1, 2, 3])


def test_it_trains_until_it_is_paused_and_publishes_the_last_step(watched: Watched) -> None:
    watched.opened(SMALL)
    watched.thread.train()
    assert watched.thread.state == "training"
    until(lambda: watched.thread.recorder.step > 100)
    watched.thread.pause()
    until(lambda: watched.thread.state == "paused")
    step = watched.thread.recorder.step
    until(lambda: watched.newest.weights.step == step)
    watched.after(watched.thread.step)
    assert watched.newest.weights.step == step + 1
    steps = [model.weights.step for model in watched.models]
    assert steps == sorted(steps)


def test_while_nobody_is_free_nothing_is_published() -> None:
    made = Watched(wanted=lambda: False)
    with closing(made.thread):
        made.opened(SMALL)
        seen = len(made.models)
        made.thread.train()
        until(lambda: made.thread.recorder.seconds > 0.3)  # a first picture may wait a little
        assert len(made.models) == seen
        made.thread.pause()
        until(lambda: len(made.models) > seen)


def test_held_it_neither_trains_nor_forgets_that_it_should(watched: Watched) -> None:
    watched.opened(SMALL)
    watched.thread.train()
    until(lambda: watched.thread.recorder.step > 0)
    watched.thread.hold()
    watched.after(lambda: watched.thread.want(replace(SMALL, seed=0)))  # a word in between
    watched.thread.release()
    step = watched.thread.recorder.step
    until(lambda: watched.thread.recorder.step > step)
    watched.thread.pause()
    until(lambda: watched.thread.state == "paused")
    watched.thread.hold()
    watched.thread.release()
    assert watched.thread.state == "paused"


def test_other_data_go_under_the_warm_network(watched: Watched) -> None:
    watched.opened(SMALL)
    watched.after(watched.thread.step)
    before = watched.newest
    moved = replace(SMALL, source=Gaussian(offset_x=1.0))
    model = watched.after(lambda: watched.thread.want(moved))
    assert model.document == moved
    assert model.weights.step == before.weights.step == 1
    trainer = Trainer(SMALL)
    trainer.advance(1)
    trainer.swap_data(moved)
    trainer.advance(1)
    assert equal(watched.after(watched.thread.step).weights, trainer.weights())


def test_another_network_begins_anew_and_undoing_it_goes_on(watched: Watched) -> None:
    watched.opened(SMALL)
    for _ in range(3):
        watched.after(watched.thread.step)
    kept = watched.newest.weights
    model = watched.after(lambda: watched.thread.want(OTHER, Branch(1)))
    assert (model.document, model.weights.step) == (OTHER, 0)
    watched.after(watched.thread.step)
    back = watched.after(lambda: watched.thread.want(SMALL))
    assert back.weights.step == 3
    assert equal(back.weights, kept)
    np.testing.assert_array_equal(watched.thread.recorder.history().steps, [1, 2, 3])
    again = watched.after(lambda: watched.thread.want(OTHER, Branch(1)))
    assert again.weights.step == 1
    assert equal(again.weights, stepped(OTHER, 1))


def test_opening_forgets_what_was_trained_before(watched: Watched) -> None:
    watched.opened(SMALL)
    watched.after(watched.thread.step)
    assert watched.opened(OTHER).weights.step == 0
    assert watched.after(lambda: watched.thread.want(SMALL)).weights.step == 0


def test_reset_begins_anew_with_the_same_document(watched: Watched) -> None:
    watched.opened(SMALL)
    watched.after(watched.thread.step)
    assert watched.after(lambda: watched.thread.want(SMALL, Branch(1))).weights.step == 0
    assert watched.thread.weights_history.steps == (0,)
    assert equal(watched.after(watched.thread.step).weights, stepped(SMALL, 1))


def test_a_record_is_gone_on_from(watched: Watched) -> None:
    trainer = Trainer(SMALL)
    moments = []
    for _ in range(4):
        trainer.advance(1)
        moments.append(trainer.weights())
    losses = {name: np.arange(1.0, 5.0) for name in ("step", "mse", "quadratic")}
    record = TrainingRecord(weights=moments[-1], losses=losses, snapshots=moments)
    model = watched.opened(SMALL, record)
    assert model.weights.step == 4
    assert equal(model.weights, moments[-1])
    assert watched.thread.weights_history.steps == (1, 2, 3, 4)
    assert watched.thread.state == "paused"
    np.testing.assert_array_equal(watched.thread.recorder.history().mse, [1, 2, 3, 4])
    assert watched.after(watched.thread.step).weights.step == 5


def test_weights_that_do_not_fit_are_a_problem_and_fresh_ones_stay(watched: Watched) -> None:
    record = TrainingRecord(weights=stepped(OTHER, 2))
    model = watched.opened(SMALL, record)
    assert watched.thread.problem
    assert model.weights.step == 0
    assert equal(model.weights, Trainer(SMALL).weights())


def test_a_document_that_cannot_be_trained_is_a_problem_until_it_can(watched: Watched) -> None:
    watched.opened(SMALL)
    watched.after(watched.thread.step)
    watched.after(lambda: watched.thread.want(replace(SMALL, target=Drawing())))
    assert "drawing is empty" in watched.thread.problem
    assert watched.newest.document == SMALL
    watched.after(lambda: watched.thread.want(replace(SMALL, target=Ring(count=3))))
    assert watched.thread.problem == ""
    assert watched.newest.weights.step == 1


def test_a_training_that_diverges_stops_and_says_so(watched: Watched) -> None:
    wild = Training(optimiser="sgd", learning_rate=10.0, batch=32)
    watched.opened(replace(OTHER, training=wild))
    watched.thread.train()
    until(lambda: watched.thread.state == "stopped")
    assert "diverged" in watched.thread.reason
    until(lambda: watched.models[-1].weights.step == watched.thread.recorder.step)
    assert all(np.isfinite(v).all() for v in watched.newest.weights.arrays.values())
    watched.thread.want(replace(OTHER, training=wild), Branch(1))
    until(lambda: watched.newest.branch == 1)
    assert (watched.thread.reason, watched.thread.state) == ("", "idle")


def test_moments_are_kept_at_the_steps_that_are_due() -> None:
    models: list[Model] = []
    thread = TrainingThread(
        lambda _: Place("cpu", 1), models.append, lambda: True, lambda step: (step // 5 + 1) * 5
    )
    with closing(thread):
        thread.open(SMALL)
        until(lambda: models)
        for k in range(12):
            thread.step()
            until(lambda k=k: models[-1].weights.step == k + 1)
        assert thread.weights_history.steps == (0, 5, 10)
        kept = thread.weights_history.nearest(5)
        assert kept is not None
        assert equal(kept.weights, stepped(SMALL, 5))
