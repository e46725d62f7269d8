"""What the engine promises the window, with the real core at small sizes."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Coupling, Document, Network, Solver, Training, View
from flowlab.core.document.shapes import Drawing, Gaussian, Moons, Ring, Stroke
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Probe, Samples
from flowlab.core.views.request import PlanOptions
from flowlab.work.engine import Engine
from flowlab.work.model import Model
from flowlab.work.sampling import bundle_of
from tests.helpers.engines import SMALL
from tests.helpers.waiting import until


def shown(engine: Engine, document: Document) -> int:
    """Apply a document and wait for a bundle of its own; its revision."""
    before = engine.newest()
    engine.apply(document)
    until(lambda: engine.newest() is not before)
    bundle = engine.newest()
    assert bundle is not None
    return bundle.revision


def in_use(engine: Engine) -> Weights | None:
    """The newest weights, the raw ones among them."""
    model = engine._present.model
    return None if model is None else model.weights


def cloud(engine: Engine, key: str) -> np.ndarray | None:
    found = engine.answer(Samples, key)
    return None if found is None else found.value


def settled(engine: Engine) -> None:
    """Wait until the training thread has done all it was told, and the others too."""
    reached = threading.Event()
    engine._training._worker.post(reached.set)
    assert reached.wait(20)
    until(lambda: not engine._pictures.busy and not engine._chores.busy)


def trained(engine: Engine, steps: int = 30) -> None:
    engine.train()
    until(lambda: engine.status().step >= steps)
    engine.pause()
    until(lambda: engine.status().state == "paused")


def stroke(x: float) -> Stroke:
    return Stroke(path=Array([[x, 0.0, 1.0], [x + 1.0, 1.0, 1.0]]), size=1.0)


def test_a_document_is_shown_before_it_is_trained(engine: Engine) -> None:
    assert engine.newest() is None
    assert engine.status().state == "idle"
    shown(engine, SMALL)
    bundle = engine.newest()
    assert bundle is not None
    assert bundle.points.shape == (3, 40, 2)
    assert bundle.step == 0
    status = engine.status()
    assert (status.nfe, status.memory, status.problem) == (2, bundle.nbytes, "")
    assert status.device.startswith("CPU, 1 thread")


def test_training_moves_the_picture_but_not_where_it_starts(engine: Engine) -> None:
    shown(engine, SMALL)
    before = engine.newest()
    engine.train()
    assert engine.status().state == "training"
    until(lambda: engine.newest() is not before and engine.status().step > 50)
    after = engine.newest()
    assert before is not None
    assert after is not None
    assert after.step > 0
    np.testing.assert_array_equal(after.points[0], before.points[0])
    assert not np.array_equal(after.points[-1], before.points[-1])
    status = engine.status()
    assert status.steps_per_second > 0
    assert status.seconds > 0
    assert len(status.history.steps) == len(status.history.mse) == len(status.history.quadratic)


def test_pausing_shows_the_very_last_weights(engine: Engine) -> None:
    shown(engine, SMALL)
    trained(engine)
    until(lambda: engine.newest().step == engine.status().step)  # type: ignore[union-attr]
    steps = engine.status().step
    settled(engine)
    assert engine.status().step == steps
    weights = in_use(engine)
    assert weights is not None
    assert weights.step == steps


def test_a_step_is_one_step(engine: Engine) -> None:
    shown(engine, SMALL)
    for count in (1, 2, 3):
        engine.step()
        until(lambda count=count: engine.status().step == count)  # type: ignore[misc]
    settled(engine)
    assert engine.status().step == 3
    assert engine.status().state == "paused"


def test_reset_gives_the_same_fresh_weights(engine: Engine) -> None:
    shown(engine, SMALL)
    fresh = in_use(engine)
    trained(engine)
    engine.apply(SMALL, Branch(1))
    until(lambda: engine.status().step == 0 and in_use(engine).step == 0)  # type: ignore[union-attr]
    again = in_use(engine)
    assert fresh is not None
    assert again is not None
    for name, value in fresh.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], value)
    assert engine.status().state == "idle"
    assert len(engine.status().history.steps) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"solver": Solver(method="heun", steps=3)},
        {"solver": Solver(method="euler", steps=2, direction="reverse")},
        {"seed": 5},
        {"view": replace(SMALL.view, particles=17)},
    ],
)
def test_solver_seed_and_particles_sample_again_without_a_reset(
    engine: Engine, change: dict[str, object]
) -> None:
    shown(engine, SMALL)
    trained(engine)
    settled(engine)
    steps = engine.status().step
    shown(engine, replace(SMALL, **change))  # type: ignore[arg-type]
    assert engine.status().step == steps


def test_layers_are_the_window_s_own_business(engine: Engine) -> None:
    revision = shown(engine, SMALL)
    engine.apply(replace(SMALL, view=replace(SMALL.view, show_density=True, trail=0.5)))
    settled(engine)
    bundle = engine.newest()
    assert bundle is not None
    assert bundle.revision == revision


@pytest.mark.parametrize(
    "change",
    [
        {"training": replace(SMALL.training, learning_rate=1e-3)},
        {"training": replace(SMALL.training, batch=64, ema=0.0)},
        {"target": Gaussian(offset_x=-2.0)},
    ],
)
def test_training_fields_and_parameters_keep_the_trainer(
    engine: Engine, change: dict[str, object]
) -> None:
    shown(engine, SMALL)
    trained(engine)
    settled(engine)
    steps = engine.status().step
    shown(engine, replace(SMALL, **change))  # type: ignore[arg-type]
    assert engine.status().step == steps


@pytest.mark.parametrize(
    "change", [{"network": Network(width=9, depth=1)}, {"target": Ring()}, {"source": Moons()}]
)
def test_another_network_or_kind_starts_anew(engine: Engine, change: dict[str, object]) -> None:
    shown(engine, SMALL)
    trained(engine)
    settled(engine)
    shown(engine, replace(SMALL, **change))  # type: ignore[arg-type]
    assert engine.status().step == 0


def test_a_new_trainer_goes_on_training(engine: Engine) -> None:
    shown(engine, SMALL)
    engine.train()
    until(lambda: engine.status().step > 300)
    engine.apply(replace(SMALL, network=Network(width=9, depth=1)))
    until(lambda: engine.status().step < 300)
    until(lambda: engine.status().step > 10)
    assert engine.status().state == "training"


def test_drawing_while_training_swaps_the_data_warm(engine: Engine) -> None:
    drawn = replace(SMALL, target=Drawing(strokes=(stroke(0.0),)))
    shown(engine, drawn)
    engine.train()
    until(lambda: engine.status().step > 20)
    steps = engine.status().step
    more = replace(SMALL, target=Drawing(strokes=(stroke(0.0), stroke(2.0))))
    engine.apply(more)
    until(lambda: engine._present.model is not None and engine._present.model.document == more)
    assert engine.status().step >= steps


def test_an_empty_drawing_is_told_and_the_last_good_state_stays(engine: Engine) -> None:
    shown(engine, SMALL)
    trained(engine)
    settled(engine)
    before, steps = engine.newest(), engine.status().step
    empty = replace(SMALL, target=Drawing())
    engine.apply(empty)
    until(lambda: engine.status().problem != "")
    settled(engine)
    assert engine.status().problem.endswith(".")
    assert engine.status().step == steps
    after = engine.newest()
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after.points, before.points)
    shown(engine, replace(SMALL, target=Drawing(strokes=(stroke(0.0),))))
    until(lambda: engine.status().problem == "")


def test_train_waits_for_a_drawing_that_is_still_empty(engine: Engine) -> None:
    engine.apply(replace(SMALL, target=Drawing()))
    engine.train()
    until(lambda: engine.status().problem != "")
    assert engine.status().step == 0
    engine.apply(replace(SMALL, target=Drawing(strokes=(stroke(0.0),))))
    until(lambda: engine.status().step > 0)


def test_diverging_stops_with_its_reason_and_keeps_the_last_good_weights(engine: Engine) -> None:
    shown(engine, SMALL)
    trained(engine)
    settled(engine)
    wild = Training(batch=32, optimiser="sgd", learning_rate=10.0, ema=0.0)
    engine.apply(replace(SMALL, training=wild))
    engine.train()
    until(lambda: engine.status().state == "stopped")
    settled(engine)
    assert "diverged" in engine.status().reason
    bundle, weights = engine.newest(), in_use(engine)
    assert bundle is not None
    assert weights is not None
    assert np.isfinite(bundle.points).all()
    assert all(np.isfinite(value).all() for value in weights.arrays.values())
    engine.apply(SMALL)
    trained(engine, engine.status().step + 20)
    assert engine.status().reason == ""


def five_steps(engine: Engine) -> np.ndarray:
    shown(engine, SMALL)
    for _ in range(5):
        engine.step()
    settled(engine)
    bundle = engine.newest()
    assert bundle is not None
    assert bundle.step == 5
    return bundle.points


def test_same_seed_same_frames(engine: Engine) -> None:
    other = Engine("cpu")
    try:
        np.testing.assert_array_equal(five_steps(engine), five_steps(other))
    finally:
        assert other.close()


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


@pytest.mark.parametrize("from_time", [0, 1])
def test_a_probe_starts_where_it_was_put(engine: Engine, from_time: int) -> None:
    shown(engine, SMALL)
    points = np.array([[0.5, 0.25], [-1.0, 2.0]])
    number = engine.ask(Probe(points, from_time))
    until(lambda: engine.answer(Probe) is not None)
    answer = engine.answer(Probe)
    assert answer is not None
    assert answer.number == number
    probe = answer.value
    assert (probe.times[0], probe.times[-1]) == (0.0, 1.0)
    np.testing.assert_allclose(probe.points[-from_time], points)


def test_the_figures_come_with_their_floors(engine: Engine) -> None:
    shown(engine, replace(SMALL, view=View(particles=400)))
    until(lambda: engine.status().sliced_w2 is not None)
    status = engine.status()
    assert status.mse_floor is not None
    assert status.quadratic_floor is not None
    assert status.velocity_error is not None
    # Between N(0, I) and N((2, 0), I): C0 C^-1 C1 has trace 2 / ((1-t)^2 + t^2), whose mean over t
    # is pi; and E|x1 - x0|^2 = 4 + 2 + 2.
    assert status.mse_floor == pytest.approx(np.pi, rel=0.01)
    assert status.quadratic_floor == pytest.approx(0.5 * (np.pi - 8), rel=0.02)
    assert status.sliced_w2_floor is not None
    assert status.sliced_w2_floor > 0


def test_no_exact_field_no_velocity_error(engine: Engine) -> None:
    shown(engine, replace(SMALL, coupling=Coupling(kind="ot")))
    until(lambda: engine.status().sliced_w2 is not None)
    assert engine.status().velocity_error is None
    assert engine.status().mse_floor is None


def test_thumbnails_come_by_their_key(engine: Engine) -> None:
    assert cloud(engine, "a") is None
    for key, shape in (("a", Ring()), ("b", Drawing()), ("c", Moons())):
        engine.ask(Samples(key, shape, 50))
    until(lambda: cloud(engine, "c") is not None)
    assert cloud(engine, "a").shape == (50, 2)  # type: ignore[union-attr]
    assert cloud(engine, "b").shape == (0, 2)  # type: ignore[union-attr]
    assert not cloud(engine, "a").flags.writeable  # type: ignore[union-attr]


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


def test_a_burst_of_edits_ends_with_the_newest(engine: Engine) -> None:
    for width in range(4, 24):
        engine.apply(replace(SMALL, network=Network(width=width, depth=1)))
    settled(engine)
    assert engine._present.model is not None
    assert engine._present.model.document.network.width == 23
    weights = in_use(engine)
    assert weights is not None
    assert {value.shape[0] for name, value in weights.arrays.items() if "0.weight" in name} == {23}


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


def test_an_edit_that_needs_fresh_weights_keeps_the_old_ones_for_its_undo(engine: Engine) -> None:
    shown(engine, SMALL)
    trained(engine, 60)
    settled(engine)
    old, status = in_use(engine), engine.status()
    wide = replace(SMALL, network=replace(SMALL.network, width=11))
    engine.apply(wide, Branch(1))
    until(lambda: engine.status().step == 0)
    trained(engine, 20)
    step = engine.status().step
    engine.apply(SMALL)
    until(lambda: engine.status().step == status.step)
    settled(engine)
    again = in_use(engine)
    assert old is not None
    assert again is not None
    for name, value in old.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], value)
    assert engine.status().history.mse.tolist() == status.history.mse.tolist()
    assert engine.status().steps_kept == status.steps_kept
    engine.apply(wide, Branch(1))  # redone
    until(lambda: engine.status().step == step)
    engine.open(SMALL, None, Branch(2))  # another experiment
    engine.apply(wide, Branch(1))
    until(lambda: engine.status().step == step)
    assert {run.number for run in engine.status().runs} == {0, 1}


def test_saved_weights_may_be_loaded_into_the_open_document(engine: Engine) -> None:
    trainer = Trainer(SMALL)
    trainer.advance(40)
    shown(engine, SMALL)
    engine.open(SMALL, TrainingRecord(weights=trainer.weights()))
    until(lambda: engine.newest() is not None)
    assert engine.status().step == 40


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


def test_a_large_picture_makes_way_for_a_newer_edit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(engine, SMALL)
    begun, finished = threading.Event(), list[int]()

    def noted(document: Document, model: Model, options: PlanOptions) -> Bundle:
        if document.view.particles == 100_000 and not options.coarse:
            begun.set()
        bundle = bundle_of(document, model, options)
        finished.append(bundle.points.shape[1])
        return bundle

    monkeypatch.setattr("flowlab.work.bundle_sampler.SLOW", 0.0)
    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", noted)
    engine.apply(replace(SMALL, view=View(particles=100_000), solver=Solver(steps=200)))
    assert begun.wait(20)
    engine.apply(SMALL)
    until(lambda: finished[-1] == 40)
    assert 100_000 not in finished


def test_a_probe_before_there_is_a_network_is_dropped(engine: Engine) -> None:
    engine.ask(Probe(np.zeros((1, 2))))
    until(lambda: not engine.answers.busy(Probe))
    assert engine.answer(Probe) is None


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
