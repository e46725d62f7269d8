"""Looking back in training time: the engine's promises, held against trainings stopped there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.results import Result
from flowlab.work import bundle_sampler, sampling
from flowlab.work import weights_history as ring
from flowlab.work.engine import Engine
from flowlab.work.latest_request import Superseded
from flowlab.work.model import Model
from tests.helpers.waiting import until

SMALL = Document(
    target=Gaussian(offset_x=2.0),
    network=Network(width=8, depth=1),
    training=Training(batch=32, learning_rate=1e-2),
    solver=Solver(method="rk4", steps=3),
    view=View(particles=60, highlighted=0),
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine("cpu")
    made.apply(SMALL)
    until(lambda: made.newest() is not None)
    yield made
    assert made.close()


def trained(engine: Engine, steps: int = 100) -> int:
    engine.train()
    until(lambda: engine.status().step >= steps)
    engine.pause()
    until(lambda: engine.status().state == "paused")
    until(lambda: bundle_of(engine).step == engine.status().step)
    return engine.status().step


def record_of(engine: Engine) -> TrainingRecord:
    record = engine.record()
    assert record is not None
    return record


def bundle_of(engine: Engine) -> Bundle:
    bundle = engine.newest()
    assert bundle is not None
    return bundle


def looked_back(engine: Engine, step: int | None, expected: int) -> Bundle:
    engine.look_back(step)
    until(lambda: bundle_of(engine).step == expected)
    until(lambda: not engine._pictures.busy)
    return bundle_of(engine)


def stopped_at(step: int, document: Document = SMALL) -> Trainer:
    trainer = Trainer(document)
    if step:
        trainer.advance(step)
    return trainer


def in_use(engine: Engine) -> Weights | None:
    """The newest weights, the raw ones among them."""
    model = engine._present.model
    return None if model is None else model.weights


def picture(document: Document, weights: Weights) -> Bundle:
    """What an engine that never trained shows of weights."""
    other = Engine("cpu")
    try:
        other.open(document, TrainingRecord(weights=weights))
        until(lambda: other.newest() is not None)
        return bundle_of(other)
    finally:
        assert other.close()


def test_the_ring_changes_no_bit_of_the_weights(engine: Engine) -> None:
    final = trained(engine, 300)
    mine, plain = in_use(engine), stopped_at(final).weights()
    assert mine is not None
    assert mine.step == plain.step == final
    for name, value in plain.arrays.items():
        np.testing.assert_array_equal(mine.arrays[name], value)
    assert mine.raw is not None
    assert plain.raw is not None
    for name, value in plain.raw.items():
        np.testing.assert_array_equal(mine.raw[name], value)


def test_the_flow_at_step_40_is_that_of_a_training_stopped_there(engine: Engine) -> None:
    trained(engine)
    kept = engine.status().steps_kept
    assert {0, 1, 2, 4, 8, 16, 24, 32, 40} <= set(kept)
    assert all(ring.due_after(step - 1) == step for step in kept[1:])
    seen = looked_back(engine, 40, 40)
    weights = stopped_at(40).weights()
    then = picture(SMALL, weights)
    assert then.step == seen.step == 40
    np.testing.assert_array_equal(seen.points, then.points)
    again = ring.Snapshot(SMALL, ring.halved(weights)).model(SMALL).weights
    np.testing.assert_allclose(picture(SMALL, again).points, then.points, atol=0.02)


def test_looking_back_leaves_the_weights_to_be_saved_and_comes_back(engine: Engine) -> None:
    final = trained(engine)
    before = bundle_of(engine)
    looked_back(engine, 8, 8)
    weights, status = in_use(engine), engine.status()
    assert weights is not None
    assert (weights.step, status.step, status.looking_back) == (final, final, 8)
    now = looked_back(engine, None, final)
    np.testing.assert_array_equal(now.points, before.points)
    assert engine.status().looking_back is None


def test_training_goes_on_while_a_person_looks_back(engine: Engine) -> None:
    trained(engine)
    engine.train()
    seen = looked_back(engine, 16, 16)
    step = engine.status().step
    until(lambda: engine.status().step > step + 500)
    until(lambda: in_use(engine).step > step + 200)  # type: ignore[union-attr]
    assert bundle_of(engine) is seen
    engine.look_back(None)
    until(lambda: bundle_of(engine).step > step + 200)


def test_a_picture_made_once_is_shown_again(engine: Engine) -> None:
    trained(engine)
    first = looked_back(engine, 24, 24)
    looked_back(engine, 16, 16)
    assert looked_back(engine, 24, 24) is first
    engine.apply(replace(SMALL, view=replace(SMALL.view, particles=33)))
    until(lambda: bundle_of(engine).points.shape[1] == 33)
    assert bundle_of(engine).step == 24


def test_many_particles_are_led_by_the_first_of_them(engine: Engine) -> None:
    many = replace(SMALL, view=replace(SMALL.view, particles=3000))
    engine.apply(many)
    until(lambda: bundle_of(engine).points.shape[1] == 3000)
    trained(engine)
    engine._pictures.expected.learn(many, 0.2)  # as if the machine were slow
    seen: list[Bundle] = []
    keep = engine._looked_back.keep
    engine._looked_back.keep = lambda *all_: (seen.append(bundle_of(engine)), keep(*all_))[1]  # type: ignore[method-assign,func-returns-value]
    looked_back(engine, 32, 32)
    until(lambda: bundle_of(engine).points.shape[1] == 3000)
    assert [(b.step, b.points.shape[1]) for b in seen] == [(32, 1000)]
    np.testing.assert_array_equal(seen[0].points[0], bundle_of(engine).points[0, :1000])


def test_two_snapshots_have_the_same_particles(engine: Engine) -> None:
    final = trained(engine)
    looked_back(engine, 16, 16)
    engine.pin(16)
    until(lambda: engine.pinned() is not None)
    now = looked_back(engine, None, final)
    pinned = engine.pinned()
    assert pinned is not None
    assert (pinned.step, now.step, engine.status().pinned) == (16, final, 16)
    np.testing.assert_array_equal(pinned.points[0], now.points[0])
    assert not np.array_equal(pinned.points[-1], now.points[-1])


def test_a_slow_pinned_moment_is_shown_by_its_first_particles_before_all(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(engine)
    many = replace(SMALL, view=View(particles=3000, highlighted=0))
    engine.apply(many)
    until(lambda: bundle_of(engine).points.shape[1] == 3000)
    shown: list[tuple[int, bool]] = []
    show = engine._looked_back.show_pinned

    def listen(model: Model, computed: Hashable, bundle: Bundle, *, few: bool = False) -> None:
        show(model, computed, bundle, few=few)
        shown.append((bundle.points.shape[1], engine._looked_back.pin_is_due(computed)))

    monkeypatch.setattr(engine._looked_back, "show_pinned", listen)
    engine._pictures.expected.at_least(many, 10.0)
    engine.pin(16)
    until(lambda: shown[-1:] == [(3000, False)])
    assert shown == [(1000, True), (3000, False)]


def test_the_first_particles_of_a_pinned_moment_do_not_wait_for_all_of_the_present_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The full picture of the present is put off while it is made, and made after them."""
    final, pictures = trained(engine), engine._pictures
    many = replace(SMALL, view=View(particles=3000, highlighted=0), seed=5)
    begun, seen = threading.Event(), list[tuple[int, int]]()

    def slow(document: Document, model: Model, options: PlanOptions) -> Result:
        """As `bundle_of`, but the present's full picture never ends until it is put off."""
        step = model.weights.step
        if not options.coarse and step == final and not begun.is_set():
            pictures.expected.at_least(document, 10.0)
            begun.set()
            assert options.cancelled is not None
            until(options.cancelled)
            raise Superseded
        bundle = sampling.bundle_of(document, model, options)
        seen.append((step, bundle.count))
        return bundle

    monkeypatch.setattr(bundle_sampler, "bundle_of", slow)
    engine.apply(many)
    until(begun.is_set)
    engine.pin(16)
    until(lambda: (16, 3000) in seen)
    present = [count for step, count in seen if step == final]
    assert seen.index((final, 3000)) > seen.index(next(each for each in seen if each[0] == 16))
    assert present[0] < 3000
    assert present[-1] == 3000


def test_while_training_few_particles_of_a_slow_pinned_moment_do(engine: Engine) -> None:
    trained(engine)
    engine.pin(16)
    until(lambda: engine.pinned() is not None)
    looked_back, computed = engine._looked_back, object()
    pin, bundle = looked_back.pin, engine.pinned()
    assert pin is not None
    assert bundle is not None
    looked_back.show_pinned(pin, computed, bundle, few=True)
    assert looked_back.pin_is_due(computed)
    assert not looked_back.pin_is_due(computed, few_do=True)
    assert looked_back.pin_is_due("other settings", few_do=True)


def test_now_can_be_pinned_and_stays_when_training_goes_on(engine: Engine) -> None:
    final = trained(engine)
    engine.pin(final)
    until(lambda: engine.pinned() is not None)
    trained(engine, final + 200)
    pinned = engine.pinned()
    assert pinned is not None
    assert pinned.step == engine.status().pinned == final
    engine.pin(None)
    assert engine.pinned() is None
    assert engine.status().pinned is None


@pytest.mark.parametrize(
    "change",
    [{"seed": 4}, {"solver": Solver(method="euler", steps=2)}, {"view": View(particles=31)}],
)
def test_the_pinned_moment_follows_solver_seed_and_particles(
    engine: Engine, change: dict[str, object]
) -> None:
    trained(engine)
    engine.pin(16)
    until(lambda: engine.pinned() is not None)
    before = engine.pinned()
    engine.apply(replace(SMALL, **change))  # type: ignore[arg-type]
    until(lambda: engine.pinned() is not before)
    until(lambda: not engine._pictures.busy)
    pinned, now = engine.pinned(), bundle_of(engine)
    assert pinned is not None
    assert pinned.step == 16
    np.testing.assert_array_equal(pinned.points[0], now.points[0])


def _reset(engine: Engine) -> None:
    engine.apply(SMALL, Branch(1))


def _open(engine: Engine) -> None:
    engine.open(SMALL)


def _rebuild(engine: Engine) -> None:
    engine.apply(replace(SMALL, target=Ring()))


@pytest.mark.parametrize("begin_anew", [_reset, _open, _rebuild])
def test_another_training_forgets_the_snapshots_of_the_one_before(
    engine: Engine, begin_anew: Callable[[Engine], None]
) -> None:
    trained(engine)
    looked_back(engine, 40, 40)
    engine.pin(16)
    until(lambda: engine.pinned() is not None)
    begin_anew(engine)
    until(lambda: engine.status().steps_kept == (0,))
    until(lambda: engine.status().looking_back is None and engine.pinned() is None)
    until(lambda: engine.newest() is not None and bundle_of(engine).step == 0)


def test_swapped_data_leave_earlier_snapshots_as_they_were(engine: Engine) -> None:
    trained(engine)
    before = looked_back(engine, 40, 40)
    other = replace(SMALL, target=Gaussian(offset_x=-3.0))
    engine.apply(other)
    until(lambda: engine._present.model is not None and engine._present.model.document == other)
    until(lambda: not engine._pictures.busy)
    np.testing.assert_array_equal(bundle_of(engine).target, before.target)
    assert record_of(engine).snapshots == ()  # they belong to other data than the document's


def test_a_diverged_training_keeps_no_moment_later_than_its_weights(engine: Engine) -> None:
    trained(engine)
    wild = Training(batch=32, optimiser="sgd", learning_rate=10.0, ema=0.0)
    engine.apply(replace(SMALL, training=wild))
    engine.train()
    until(lambda: engine.status().state == "stopped")
    until(lambda: not engine._pictures.busy)
    status = engine.status()
    assert status.steps_kept[-1] == status.step
    for moment in engine._training.weights_history.snapshots:
        assert all(np.isfinite(value).all() for value in moment.weights.arrays.values())


def test_saved_snapshots_are_looked_back_to_after_opening(engine: Engine) -> None:
    final = trained(engine)
    seen, record = looked_back(engine, 40, 40), record_of(engine)
    snapshots = record.snapshots
    assert len(snapshots) <= 32
    assert [kept.step for kept in snapshots] == sorted(kept.step for kept in snapshots)
    assert 0 in {kept.step for kept in snapshots}
    engine.open(SMALL, record)
    until(lambda: engine.newest() is not None and bundle_of(engine).step == final)
    assert engine.status().steps_kept == (*(kept.step for kept in snapshots), final)
    step = min((kept.step for kept in snapshots), key=lambda step: abs(step - 40))
    back = looked_back(engine, step, step)
    if step == 40:
        np.testing.assert_allclose(back.points, seen.points, atol=0.02)


def test_a_layer_that_is_switched_on_while_looking_back_has_what_it_draws(engine: Engine) -> None:
    trained(engine)
    engine.train()
    looked_back(engine, 16, 16)
    engine.pin(8)
    until(lambda: engine.pinned() is not None)
    engine.apply(replace(SMALL, view=replace(SMALL.view, show_grid=True, field="arrows")))
    for picture_of in (engine.newest, engine.pinned):
        until(lambda one=picture_of: one().lattice is not None and one().field is not None)  # type: ignore[misc]
    assert bundle_of(engine).step == 16


def test_earlier_weights_are_judged_by_the_present_shapes(engine: Engine) -> None:
    trained(engine, 64)
    changed = replace(SMALL, target=replace(SMALL.target, offset_y=1.5))
    engine.apply(changed)
    until(
        lambda: engine.status().mse_floor is not None and bundle_of(engine).target[:, 1].mean() > 1
    )
    final = trained(engine, engine.status().step + 500)
    now, floor = bundle_of(engine), engine.status().mse_floor
    assert engine.status().history.since >= 64
    then = looked_back(engine, 32, 32)
    np.testing.assert_array_equal(then.target, now.target)
    until(lambda: engine.status().of_step == 32 and engine.status().mse_floor is not None)
    assert engine.status().mse_floor == pytest.approx(floor)
    far = engine.status().sliced_w2
    looked_back(engine, None, final)
    until(lambda: engine.status().of_step == final and engine.status().sliced_w2 is not None)
    assert engine.status().sliced_w2 < far  # type: ignore[operator]
