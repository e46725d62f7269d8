"""What the engine promises the window, with the real core at small sizes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.shapes import Drawing, Moons, Ring
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.learning.branch import Branch
from flowlab.core.views.query import Probe, Samples
from flowlab.work.engine import Engine
from tests.helpers.engines import SMALL, in_use, settled, shown, trained
from tests.helpers.waiting import until


def cloud(engine: Engine, key: str) -> np.ndarray | None:
    found = engine.answer(Samples, key)
    return None if found is None else found.value


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
    until(lambda: engine.status().velocity_error is not None)
    status = engine.status()
    assert status.sliced_w2 is not None
    assert status.mse_floor is not None
    assert status.quadratic_floor is not None
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


def test_a_probe_before_there_is_a_network_is_dropped(engine: Engine) -> None:
    engine.ask(Probe(np.zeros((1, 2))))
    until(lambda: not engine.answers.busy(Probe))
    assert engine.answer(Probe) is None
