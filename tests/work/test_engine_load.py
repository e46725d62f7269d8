"""Slow pictures, breakdowns and too much to do: the engine answers still."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.learning.trainer import Trainer
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Probe, Samples
from flowlab.core.views.request import PlanOptions
from flowlab.work.engine import Engine
from flowlab.work.latest_request import Superseded
from flowlab.work.model import Model
from flowlab.work.sampling import bundle_of
from tests.helpers.engines import SMALL, settled, shown, trained
from tests.helpers.waiting import until


def test_a_trajectory_too_large_for_memory_is_refused_in_words(engine: Engine) -> None:
    revision = shown(engine, SMALL)
    huge = View(particles=1_000_000)
    engine.apply(replace(SMALL, view=huge, solver=Solver(steps=1000)))
    until(lambda: "GB of memory" in engine.status().problem)
    bundle = engine.newest()
    assert bundle is not None
    assert bundle.revision == revision
    shown(engine, SMALL)
    assert engine.status().problem == ""


def test_closing_is_harmless_while_busy_and_twice() -> None:
    engine = Engine("cpu")
    engine.apply(SMALL)
    engine.train()
    engine.ask(Probe(np.zeros((1, 2))))
    engine.ask(Samples("a", Ring()))
    assert engine.close()
    assert engine.close()
    engine.train()
    engine.apply(replace(SMALL, seed=3))


def test_a_slow_picture_comes_coarse_first(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shown(engine, SMALL)
    settled(engine)
    made: list[int] = []

    def noted(document: Document, model: Model, options: PlanOptions) -> Bundle:
        bundle = bundle_of(document, model, options)
        made.append(bundle.points.shape[1])
        return bundle

    monkeypatch.setattr("flowlab.work.bundle_sampler.SLOW", 0.0)
    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", noted)
    engine.apply(replace(SMALL, view=replace(SMALL.view, particles=3000)))
    until(lambda: engine.newest().points.shape[1] == 3000)  # type: ignore[union-attr]
    assert made == [1000, 3000]


def test_a_breakdown_in_training_is_a_reason_not_a_crash(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("out of memory")

    shown(engine, SMALL)
    monkeypatch.setattr(Trainer, "advance", broken)
    engine.train()
    until(lambda: engine.status().state == "stopped")
    assert engine.status().reason == "Training stopped: out of memory"
    monkeypatch.undo()
    trained(engine)
    assert capfd.readouterr().err == ""


def test_a_breakdown_in_sampling_is_a_problem_not_a_crash(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", broken)
    engine.apply(SMALL)
    until(lambda: engine.status().problem == "The picture failed: no memory")
    monkeypatch.undo()
    shown(engine, replace(SMALL, seed=1))
    assert engine.status().problem == ""


@pytest.mark.parametrize("slow", [0.0, 0.3], ids=["at once", "once it takes long"])
def test_a_large_picture_makes_way_for_a_newer_edit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, slow: float
) -> None:
    shown(engine, SMALL)
    begun, finished = threading.Event(), list[int]()

    def noted(document: Document, model: Model, options: PlanOptions) -> Bundle:
        if document.view.particles == 100_000 and not options.coarse:
            begun.set()
        bundle = bundle_of(document, model, options)
        finished.append(bundle.points.shape[1])
        return bundle

    monkeypatch.setattr("flowlab.work.bundle_sampler.SLOW", slow)
    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", noted)
    engine.apply(replace(SMALL, view=View(particles=100_000), solver=Solver(steps=500)))
    assert begun.wait(20)
    engine.apply(SMALL)
    until(lambda: finished[-1:] == [40])
    assert 100_000 not in finished


def test_a_slow_network_is_pictured_with_fewer_particles_while_it_trains(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.work.bundle_sampler._TOO_SLOW", 0.0)
    shown(engine, SMALL.with_parts(view=View(particles=1500)))
    every = engine.newest().points  # type: ignore[union-attr]
    engine.train()
    until(lambda: engine.newest().step > 0)  # type: ignore[union-attr]
    few = engine.newest().points  # type: ignore[union-attr]
    assert few.shape[1] == 1000
    assert np.array_equal(few[0], every[0, :1000])
    engine.pause()
    until(lambda: engine.newest().points.shape[1] == 1500)  # type: ignore[union-attr]


def test_after_a_pause_the_newest_weights_are_seen_and_measured_before_all_particles(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = SMALL.with_parts(view=View(particles=3000))
    shown(engine, many)
    begun, go_on = threading.Event(), threading.Event()

    def noted(document: Document, model: Model, options: PlanOptions) -> Bundle:
        if model.weights.step and not options.coarse:
            begun.set()
            go_on.wait(20)
        return bundle_of(document, model, options)

    monkeypatch.setattr("flowlab.work.bundle_sampler.SLOW", 0.0)
    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", noted)
    try:
        engine.step()
        assert begun.wait(20)
        until(lambda: engine.status().of_step == 1)
        assert engine.newest().points.shape[1] == 1000  # type: ignore[union-attr]
        assert engine.newest().step == 1  # type: ignore[union-attr]
    finally:
        go_on.set()
    until(lambda: engine.newest().points.shape[1] == 3000)  # type: ignore[union-attr]


def test_a_large_picture_of_earlier_weights_makes_way_for_training(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(engine, SMALL)
    begun, given_up = threading.Event(), threading.Event()

    def endless(document: Document, model: Model, options: PlanOptions) -> Bundle:
        if document.seed != 1 or options.coarse:
            return bundle_of(document, model, options)
        begun.set()
        until(lambda: options.cancelled is not None and options.cancelled())
        given_up.set()
        raise Superseded

    monkeypatch.setattr("flowlab.work.bundle_sampler._TOO_SLOW", 0.0)
    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", endless)
    engine.apply(replace(SMALL, seed=1))
    assert begun.wait(20)
    engine.train()
    assert given_up.wait(20)
    until(lambda: engine.newest().step > 0)  # type: ignore[union-attr]
