"""Reflow through the engine: pairs are made in the background and handed back."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Moons
from flowlab.core.learning import reflow as rectify
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.query import Reflow, ReflowPairs
from flowlab.work import reflowing as rectifying
from flowlab.work.engine import Engine
from flowlab.work.remote import RemoteEngine
from flowlab.work.status import Status
from tests.helpers.engines import SMALL
from tests.helpers.waiting import until


def trained(engine: Engine, document: Document, steps: int = 60) -> None:
    engine.apply(document)
    until(lambda: engine.newest() is not None)
    engine.train()
    until(lambda: engine.status().step >= steps)
    engine.pause()
    until(lambda: engine.status().state == "paused" and learned(engine))


def learned(engine: Engine) -> bool:
    """Whether what was learned has been published."""
    model = engine._present.model
    return model is not None and model.weights.step > 0


def reflow(engine: Engine) -> ReflowPairs:
    before = engine.answer(Reflow)
    number = engine.ask(Reflow())
    until(lambda: engine.answer(Reflow) is not before)
    found = engine.answer(Reflow)
    assert found is not None
    assert found.number == number
    return found.value


def test_a_reflow_hands_back_pairs_and_starts_a_fresh_training_on_them(engine: Engine) -> None:
    trained(engine, SMALL)
    found = reflow(engine)
    assert engine.progress(Reflow) is None
    assert (found.source, found.target) == (SMALL.source, SMALL.target)
    coupling = found.coupling
    assert (coupling.kind, coupling.generation) == ("reflow", 1)
    assert coupling.pairs is not None
    assert coupling.pairs.shape == (rectify.PAIRS, 4)
    carried = coupling.pairs.values[:, 2:] - coupling.pairs.values[:, :2]
    assert carried.mean(0) == pytest.approx([2.0, 0.0], abs=0.3)
    engine.apply(dataclasses.replace(SMALL, coupling=coupling))
    until(lambda: engine.status().step == 0)
    engine.train()
    until(lambda: engine.status().step > 40 and learned(engine))
    assert engine.status().state == "training"
    assert reflow(engine).coupling.generation == 2
    step = engine.status().step  # training, which has rested meanwhile, goes on
    until(lambda: engine.status().step > step + 10)


def test_nothing_learned_nothing_to_follow(engine: Engine) -> None:
    engine.apply(SMALL)
    until(lambda: engine.newest() is not None)
    engine.ask(Reflow())
    until(lambda: "train first" in engine.status().problem)
    assert engine.answer(Reflow) is None
    engine.train()
    assert engine.status().problem == ""
    engine.pause()


def test_it_can_be_stopped(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(engine, SMALL)
    reached, calls = threading.Event(), []

    def slowly(field: object, document: Document, **given: object) -> object:
        told, cancelled = given["progress"], given["cancelled"]
        assert callable(told)
        assert callable(cancelled)
        told(0.25)
        reached.set()
        until(cancelled)
        calls.append("stopped")
        raise Cancelled

    monkeypatch.setattr(rectifying, "pairs_of", slowly)
    engine.cancel(Reflow)  # nothing is under way
    engine.ask(Reflow())
    assert reached.wait(10)
    assert engine.progress(Reflow) == engine.status().progress[Reflow] == 0.25
    engine.cancel(Reflow)
    assert engine.progress(Reflow) is None
    until(lambda: bool(calls))
    assert engine.answer(Reflow) is None
    assert engine.status().problem == ""


def test_another_experiment_forgets_it(engine: Engine) -> None:
    trained(engine, SMALL)
    reflow(engine)
    engine.open(dataclasses.replace(SMALL, target=Gaussian(offset_x=-2.0)))
    assert engine.answer(Reflow) is None


def test_failures_are_told_in_a_sentence(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(engine, SMALL)

    def fail(*_: object, **__: object) -> object:
        raise RuntimeError("no memory\nnor hope")

    monkeypatch.setattr(rectifying, "pairs_of", fail)
    engine.ask(Reflow())
    until(lambda: engine.status().problem != "")
    assert engine.status().problem == "The reflow failed: no memory"
    assert engine.progress(Reflow) is None


def test_a_coupling_of_another_kind_is_learned_anew_and_its_batch_is_data(engine: Engine) -> None:
    trained(engine, SMALL)
    optimal = dataclasses.replace(SMALL, coupling=Coupling(kind="ot", batch=32))
    engine.apply(optimal)
    until(lambda: engine.status().step == 0)
    trained(engine, optimal)
    step = engine.status().step
    engine.apply(dataclasses.replace(optimal, coupling=Coupling(kind="ot", batch=16)))
    until(lambda: not engine._training._worker._posted)
    assert engine.status().step == step


def test_figures_of_pairs_and_paths_are_measured(engine: Engine) -> None:
    document = dataclasses.replace(SMALL, target=Moons(), coupling=Coupling(kind="ot", batch=32))
    trained(engine, document)
    seen: list[Status] = []
    until(lambda: seen.append(engine.status()) or seen[-1].flow_cost is not None)  # type: ignore[func-returns-value]
    status = seen[-1]
    values = [status.crossings, status.meetings, status.pair_cost, status.least_cost]
    values += [status.flow_cost, status.straightness]
    assert all(value is not None and np.isfinite(value) for value in values)
    assert status.pair_cost is not None
    assert status.least_cost is not None
    assert status.least_cost < 1.2 * status.pair_cost


def test_a_picture_shows_pairs_where_it_is_asked_to(engine: Engine) -> None:
    shown = dataclasses.replace(SMALL, view=dataclasses.replace(SMALL.view, show_pairs=True))
    engine.apply(shown)
    until(lambda: engine.newest() is not None)
    bundle = engine.newest()
    assert bundle is not None
    assert bundle.pairs.shape == (60, 4)
    assert not bundle.pairs.flags.writeable
    engine.apply(SMALL)
    until(lambda: engine.newest() is not bundle)
    bundle = engine.newest()
    assert bundle is not None
    assert bundle.pairs.shape == (0, 4)


def test_the_engine_behind_the_process_border_reflows_too() -> None:
    remote = RemoteEngine("cpu")
    try:
        remote.open(SMALL)
        remote.train()
        until(lambda: remote.status().step > 40 and learned_there(remote), 60)
        remote.pause()
        remote.ask(Reflow())
        until(lambda: remote.answer(Reflow) is not None, 60)
        found = remote.answer(Reflow)
        assert found is not None
        assert found.value.coupling.pairs is not None
        assert len(found.value.coupling.pairs) == rectify.PAIRS
        remote.open(SMALL)
        assert remote.answer(Reflow) is None
    finally:
        remote.close()


def learned_there(remote: RemoteEngine) -> bool:
    record = remote.record(SMALL.network)
    return record is not None and record.weights.step > 0
