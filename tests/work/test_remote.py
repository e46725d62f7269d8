"""The engine behind the process border: the same answers, replaced when lost, nothing left."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.query import Probe, Samples
from flowlab.files.session import SNAPSHOTS
from flowlab.work import remote
from flowlab.work.engine import Engine
from flowlab.work.remote import RemoteEngine
from flowlab.work.trouble import DOWN, LOST, LOST_AGAIN, RESTART, SAFE
from tests.helpers.engines import pid_of_engine
from tests.helpers.marks import POSIX
from tests.helpers.waiting import until

SMALL = Document(view=View(particles=200), training=Training(batch=32), seed=5)


@pytest.fixture
def engine() -> Iterator[RemoteEngine]:
    engine = RemoteEngine("cpu")
    yield engine
    engine.close()
    assert not multiprocessing.active_children()


def pid_of(engine: RemoteEngine) -> int:
    until(lambda: engine.ready)
    return pid_of_engine()


def record_of(engine: RemoteEngine) -> TrainingRecord:
    record = engine.record(SMALL.network)
    assert record is not None
    return record


def trained(engine: RemoteEngine, step: int) -> None:
    engine.open(SMALL)
    engine.train()
    until(lambda: engine.status().step > step)
    until(lambda: engine.record(SMALL.network) is not None)
    until(lambda: record_of(engine).weights.step > step)


def test_it_answers_as_the_engine_itself_does(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    until(lambda: engine.newest() is not None)
    here = Engine("cpu")
    here.open(SMALL)
    until(lambda: here.newest() is not None)
    mine, theirs = here.newest(), engine.newest()
    here.close()
    assert mine is not None
    assert theirs is not None
    assert np.array_equal(mine.points, theirs.points)
    assert not theirs.points.flags.writeable


def test_it_trains_pauses_probes_and_pictures(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    engine.train()
    until(lambda: engine.status().step > 10)
    engine.pause()
    until(lambda: engine.status().state == "paused")
    final = engine.status().step
    until(lambda: (engine.newest() or SENTINEL).step >= final)
    assert record_of(engine).weights.step >= final
    number = engine.ask(Probe(np.array([[1.0, 2.0]], np.float32)))
    until(lambda: engine.answer(Probe) is not None)
    probe = engine.answer(Probe)
    assert probe is not None
    assert probe.number == number
    assert np.allclose(probe.value.at(0.0), [[1.0, 2.0]])
    assert not probe.value.points.flags.writeable
    engine.ask(Samples("moons", named("moons")))
    until(lambda: engine.answer(Samples, "moons") is not None)


def test_what_is_saved_is_there_without_asking(engine: RemoteEngine) -> None:
    trained(engine, 40)
    engine.pause()
    until(lambda: engine.status().state == "paused")
    until(lambda: record_of(engine).weights.step == engine.status().step)
    record, steps = record_of(engine), [m.step for m in record_of(engine).snapshots]
    assert {0, 1, 2, 4, 8, 16} <= set(steps) <= set(engine.status().steps_kept)
    assert steps == sorted(steps)
    assert len(steps) <= SNAPSHOTS
    assert record.losses["step"][-1] == record.weights.step


def test_weights_of_another_network_are_not_handed_out(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    until(lambda: engine.record(SMALL.network) is not None)
    assert engine.record(type(SMALL.network)(width=12)) is None


def test_what_was_opened_is_known_before_the_engine_has_answered(engine: RemoteEngine) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    losses = {name: np.arange(1.0, 5.0) for name in ("step", "mse", "quadratic")}
    early = replace(trainer.weights(), step=10)
    record = TrainingRecord(weights=trainer.weights(), losses=losses, snapshots=(early,))
    engine.open(SMALL, record)
    for ready in (lambda: True, lambda: engine.newest() is not None):
        until(ready)
        now = record_of(engine)
        assert now.weights.step == 40
        assert [kept.step for kept in now.snapshots] == [10]
        np.testing.assert_array_equal(now.losses["mse"], losses["mse"])
    engine.train()
    until(lambda: record_of(engine).weights.step > 60)
    np.testing.assert_array_equal(record_of(engine).losses["mse"][:4], losses["mse"])


def test_nothing_of_an_earlier_document_is_seen_after_opening_another(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    until(lambda: engine.newest() is not None)
    other = SMALL.with_parts(view=View(particles=77))
    engine.open(other)
    assert engine.newest() is None
    until(lambda: engine.newest() is not None)
    assert engine.newest().points.shape[1] == 77  # type: ignore[union-attr]


def test_news_that_was_under_way_when_another_document_was_opened_is_dropped(
    engine: RemoteEngine,
) -> None:
    engine.open(SMALL)
    until(lambda: engine.newest() is not None)
    old, mirror = engine.newest(), engine._mirror
    epoch = mirror.epoch
    stale = (SMALL.network, Weights(step=9, arrays={}), {})
    with engine._news:  # nothing else arrives in between
        mirror.begin(SMALL, None)
        mirror.take(epoch, "bundle", old)
        mirror.take(epoch, "published", stale)
        assert engine.newest() is None
        assert engine.record(SMALL.network) is None
        mirror.take(epoch + 1, "bundle", old)
        assert engine.newest() is old


def test_a_wish_that_cannot_be_fulfilled_is_told_and_the_engine_goes_on(
    engine: RemoteEngine,
) -> None:
    engine.open(SMALL)
    until(lambda: engine.newest() is not None)
    engine.measure(["teapot"])
    until(lambda: "teapot" in engine.status().problem)
    engine.train()
    until(lambda: engine.status().step > 0)


@POSIX
def test_a_lost_process_is_replaced_and_goes_on_training_where_it_was(
    engine: RemoteEngine,
) -> None:
    trained(engine, 200)
    engine.look_back(8)
    until(lambda: engine.status().looking_back == 8)
    first = pid_of(engine)
    os.kill(first, signal.SIGKILL)
    until(lambda: not engine.ready)
    lost = record_of(engine)
    assert engine.trouble == LOST
    assert engine.status().state == "stopped"
    assert engine.status().reason == DOWN
    until(lambda: record_of(engine).weights.step > lost.weights.step + 20)
    assert pid_of(engine) != first
    assert engine.status().state == "training"
    assert {m.step for m in lost.snapshots} & {m.step for m in record_of(engine).snapshots}
    assert record_of(engine).losses["step"][0] == lost.losses["step"][0]
    until(lambda: engine.status().looking_back == 8)
    assert engine.trouble is not None
    assert "started again" in engine.trouble.sentence


@POSIX
def test_a_training_that_was_left_outlives_the_process(engine: RemoteEngine) -> None:
    trained(engine, 100)
    engine.pause()
    until(lambda: engine.status().state == "paused")
    until(lambda: record_of(engine).weights.step == engine.status().step)
    left = record_of(engine)
    engine.apply(SMALL, Branch(1))
    until(lambda: 0 in engine._mirror.kept and engine.status().branch == 1)
    os.kill(pid_of(engine), signal.SIGKILL)
    until(lambda: not engine.ready)
    until(lambda: engine.ready and engine.status().branch == 1 and len(engine.status().runs) == 2)
    engine.apply(SMALL, Branch(0))
    until(lambda: engine.status().branch == 0)
    until(lambda: record_of(engine).weights.step == left.weights.step)
    for name, value in left.weights.arrays.items():
        np.testing.assert_array_equal(record_of(engine).weights.arrays[name], value)
    np.testing.assert_array_equal(engine.status().history.steps, left.losses["step"])


@POSIX
def test_lost_twice_in_a_minute_it_waits_for_the_person_whatever_is_opened(
    engine: RemoteEngine,
) -> None:
    trained(engine, 40)
    for _ in range(2):
        os.kill(pid_of(engine), signal.SIGKILL)
        until(lambda: not engine.ready)
    assert engine.trouble == LOST_AGAIN
    kept = record_of(engine)
    assert kept.weights.step > 40
    engine.open(SMALL, kept)
    engine.train()
    assert engine.status().reason == DOWN
    assert record_of(engine).weights.step == kept.weights.step
    engine.restart()
    until(lambda: record_of(engine).weights.step > kept.weights.step)


@POSIX
def test_a_stopped_process_blocks_nobody_is_told_of_and_can_be_replaced(
    engine: RemoteEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(engine, 40)
    monkeypatch.setattr(remote, "SILENCE_SECONDS", 0.3)
    os.kill(pid_of(engine), signal.SIGSTOP)
    cloud = np.zeros((400_000, 2), np.float32)  # more than a pipe takes in
    start = time.monotonic()
    for k in range(200):
        engine.ask(Probe(cloud))
        engine.watch(k / 200)
        engine.apply(replace(SMALL, seed=k))
    assert time.monotonic() - start < 0.5
    assert engine._process is not None
    assert len(engine._process._outbox) < 5
    until(lambda: engine.trouble is not None)
    assert engine.trouble is not None
    assert (engine.trouble.cure, engine.trouble.stops) == (RESTART, False)
    engine.restart()
    until(lambda: not engine.ready)
    step = record_of(engine).weights.step
    until(lambda: engine.ready and record_of(engine).weights.step > step)


@POSIX
@pytest.mark.parametrize("number", ["SIGKILL", "SIGSTOP", "SIGCONT"])
def test_closing_takes_less_than_two_seconds_whatever_the_process_does(number: str) -> None:
    engine = RemoteEngine("cpu")
    engine.open(SMALL)
    engine.train()
    until(lambda: engine.newest() is not None)
    os.kill(pid_of(engine), getattr(signal, number))
    start = time.monotonic()
    engine.close()
    assert time.monotonic() - start < 2.0
    engine.close()
    assert not multiprocessing.active_children()


def test_closing_at_once_does_not_wait_for_the_process_to_be_ready() -> None:
    engine = RemoteEngine("cpu")
    engine.open(SMALL)
    start = time.monotonic()
    engine.close()
    assert time.monotonic() - start < 2.0
    assert not multiprocessing.active_children()


def test_a_process_that_cannot_start_is_told_in_a_sentence_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = remote.EngineProcess
    monkeypatch.setattr(remote, "EngineProcess", lambda *_: started("teapot", *_[1:]))
    engine = RemoteEngine("cpu")
    trainer = Trainer(SMALL)
    trainer.advance(3)
    engine.open(SMALL, TrainingRecord(weights=trainer.weights()))

    def told() -> str:  # on a busy machine at first that it takes long
        return "" if engine.trouble is None else engine.trouble.sentence

    until(lambda: told().startswith("The engine could not start: "))
    assert told().endswith(SAFE)
    assert record_of(engine).weights.step == 3
    monkeypatch.undo()
    engine.restart()
    until(lambda: engine.newest() is not None)
    assert record_of(engine).weights.step == 3
    engine.close()


def test_an_edit_that_is_undone_while_the_engine_starts_costs_nothing(
    engine: RemoteEngine,
) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    engine.open(SMALL, TrainingRecord(weights=trainer.weights()))
    engine.apply(SMALL.with_parts(network=replace(SMALL.network, width=12)), Branch(1))
    until(lambda: engine.newest() is not None)
    assert engine.newest().step == 0  # type: ignore[union-attr]
    engine.apply(SMALL)
    until(lambda: engine.record(SMALL.network) is not None)
    until(lambda: engine.newest().step == 40)  # type: ignore[union-attr]
    assert record_of(engine).weights.step == 40


@POSIX
def test_a_process_that_is_stopped_as_it_starts_is_told_of_and_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "START_SECONDS", 0.5)
    engine = RemoteEngine("cpu")
    engine.open(SMALL)
    until(lambda: bool(multiprocessing.active_children()))
    (child,) = multiprocessing.active_children()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGSTOP)
    until(lambda: engine.trouble is not None)
    assert engine.trouble is not None
    assert engine.trouble.cure == RESTART
    monkeypatch.undo()
    engine.restart()
    until(lambda: engine.newest() is not None)
    engine.close()
    assert not multiprocessing.active_children()


def test_no_thread_is_left_when_it_is_closed(engine: RemoteEngine) -> None:
    trained(engine, 1)
    engine.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("flowlab-")]


class SENTINEL:
    step = -1
