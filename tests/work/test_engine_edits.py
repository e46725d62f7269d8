"""What an edit keeps, and what it begins anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Gaussian, Moons, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.learning.branch import Branch
from flowlab.work.engine import Engine
from tests.helpers.engines import SMALL, in_use, settled, shown, stroke, trained
from tests.helpers.waiting import until


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


def test_a_burst_of_edits_ends_with_the_newest(engine: Engine) -> None:
    for width in range(4, 24):
        engine.apply(replace(SMALL, network=Network(width=width, depth=1)))
    settled(engine)
    assert engine._present.model is not None
    assert engine._present.model.document.network.width == 23
    weights = in_use(engine)
    assert weights is not None
    assert {value.shape[0] for name, value in weights.arrays.items() if "0.weight" in name} == {23}


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
