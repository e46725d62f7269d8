"""Whatever replaces a trained network, undo brings it back, and it trains on from where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.network import Network
from flowlab.core.document.recipes import with_recipe
from flowlab.core.document.shapes import Stroke
from flowlab.core.learning.weights import TrainingRecord
from flowlab.scene.base.camera import Camera
from flowlab.ui.shell.window import Window
from tests.helpers.windows import wait

WIDE = Network(width=80)


def trained(window: Window, qtbot: QtBot, steps: int = 40) -> TrainingRecord:
    """Train at least so many steps more, then pause; the record of it."""
    before = step_of(window)
    window.room.train()
    wait(qtbot, lambda: step_of(window) >= before + steps)
    window.room.toggle_training()
    wait(qtbot, lambda: state_of(window) != "training")
    wait(qtbot, lambda: (found := record_of(window)) and found.weights.step == step_of(window))
    record = record_of(window)
    assert record is not None
    return record


def step_of(window: Window) -> int:
    status = window.link.status()
    return -1 if status is None or status.branch != window.store.branch.number else status.step


def state_of(window: Window) -> str:
    status = window.link.status()
    return "" if status is None else status.state


def record_of(window: Window) -> TrainingRecord | None:
    return window.link.record(window.store.document.network, window.store.branch)


def has(window: Window, known: TrainingRecord) -> bool:
    """True if the engine goes on with exactly these weights."""
    record = record_of(window)
    if record is None or step_of(window) != known.weights.step:
        return False
    arrays = record.weights.arrays
    return all(np.array_equal(arrays[name], value) for name, value in known.weights.arrays.items())


def draws(window: Window) -> None:
    window.room.drawing.open("target")
    stroke = Stroke(path=Array(np.array([[-1.0, 0.0, 1.0], [1.0, 0.5, 1.0]])))
    window.room.drawing._stroked(stroke)


def drops_points(window: Window) -> None:
    path = Path(window.property("folder")) / "cloud.csv"
    path.write_text("\n".join(f"{i % 7},{i % 5}" for i in range(60)))
    assert window.session.take_file(path, "target")


def edits(**parts: Callable[[object], object]) -> Callable[[Window], None]:
    def act(window: Window) -> None:
        document = window.store.document
        changed = {name: change(getattr(document, name)) for name, change in parts.items()}
        window.store.edit(document.with_parts(**changed), "Change")

    return act


ACTS = {
    "first stroke": draws,
    "dropped points": drops_points,
    "depth": edits(network=lambda net: replace(net, depth=2)),
    "width": edits(network=lambda net: replace(net, width=24)),
    "predicts": edits(network=lambda net: replace(net, predicts="denoiser")),
    "coupling": edits(coupling=lambda _: Coupling(kind="ot", batch=32)),
    "path": edits(path=lambda path: replace(path, kind="trigonometric")),
    "recipe": lambda window: window.store.edit(
        with_recipe(window.store.document, "IADB tutorial"), "Change recipe"
    ),
    "swap": lambda window: window.room.swap_ends(),
    "reset": lambda window: window.room.reset(),
}


@pytest.fixture
def known(window: Window, qtbot: QtBot, tmp_path: Path) -> TrainingRecord:
    window.setProperty("folder", str(tmp_path))
    return trained(window, qtbot)


@pytest.mark.parametrize("first", [0, 5], ids=["shapes and sizes", "all else"])
def test_undo_and_redo_bring_the_weights_back(
    window: Window, qtbot: QtBot, known: TrainingRecord, first: int
) -> None:
    for act in list(ACTS.values())[first : first + 5]:
        there_and_back(window, qtbot, known, act)
    assert trained(window, qtbot, 5).weights.step > known.weights.step


def there_and_back(
    window: Window, qtbot: QtBot, known: TrainingRecord, act: Callable[[Window], None]
) -> None:
    document = window.store.document
    act(window)
    wait(qtbot, lambda: window.store.branch.number == getattr(window.link.status(), "branch", None))
    later = trained(window, qtbot, 5)
    window.store.stack.undo()
    assert window.store.document == document
    wait(qtbot, lambda: has(window, known))
    assert np.array_equal(record_of(window).losses["step"], known.losses["step"])  # type: ignore[union-attr]
    window.store.stack.redo()
    wait(qtbot, lambda: has(window, later))
    window.store.stack.undo()
    wait(qtbot, lambda: has(window, known))


def test_reset_is_undone_alone_and_training_goes_on_through_it(
    window: Window, qtbot: QtBot, known: TrainingRecord
) -> None:
    draws(window)
    window.room.reset()
    strokes = window.store.document.target
    window.store.stack.undo()
    assert window.store.document.target == strokes
    window.store.stack.undo()
    wait(qtbot, lambda: has(window, known))


def test_a_run_of_the_session_is_opened_again_from_the_list(
    window: Window, qtbot: QtBot, known: TrainingRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.ui.shell.runs_dialog.SHORT", 0.0)
    first, document = window.store.branch.number, window.store.document
    window.session.new()
    trained(window, qtbot, 5)
    runs = window.runs
    runs.open()
    assert runs.dialog is not None
    wait(qtbot, lambda: len(runs.rows()) == 2)
    runs.refresh()
    assert [row.facts.number for row in runs.rows()] == [window.store.branch.number, first]
    item = runs.dialog.list.topLevelItem(1)
    assert item is not None
    assert item.text(2) == f"{known.weights.step:,}"
    wait(qtbot, lambda: not item.icon(0).isNull())  # the timer brings its thumbnails
    item.setSelected(True)
    qtbot.mouseClick(runs.dialog.open_button, Qt.MouseButton.LeftButton)
    assert window.store.document == document
    wait(qtbot, lambda: has(window, known))
    runs.dialog.close()


def test_the_star_says_what_saving_would_keep(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "work.flowlab"
    assert window.session.save_to(path)
    assert not window.session.dirty
    known = trained(window, qtbot)
    wait(qtbot, window.isWindowModified)
    assert window.session.save_to(path)
    wait(qtbot, lambda: not window.isWindowModified())
    window.tabs.setCurrentIndex(1)
    window.tabs.setCurrentIndex(0)
    assert not window.session.dirty
    window.room.reset()
    wait(qtbot, window.isWindowModified)
    window.store.stack.undo()
    wait(qtbot, lambda: has(window, known))
    wait(qtbot, lambda: not window.isWindowModified())
    window.room.toggle_pin(3)
    wait(qtbot, window.isWindowModified)


def test_pins_losses_and_camera_are_saved_with_the_session(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    path, room = tmp_path / "work.flowlab", window.room
    known = trained(window, qtbot)
    for index in (3, 17):
        room.toggle_pin(index)
    window.tabs.setCurrentIndex(1)
    assert room.canvas.pins == ()
    room.toggle_pin(5)
    window.tabs.setCurrentIndex(0)
    assert room.canvas.pins == (3, 17)
    camera = Camera(0.5, -0.25, 2.0)
    room.canvas.take_camera(camera)
    assert window.session.save_to(path)
    window.session.new()
    assert room.canvas.pins == ()
    assert not room.canvas.has_own_camera
    assert window.session.open(path)
    assert room.canvas.pins == (3, 17)
    assert room.canvas.current_camera() == camera
    window.tabs.setCurrentIndex(1)
    assert room.canvas.pins == (5,)
    window.tabs.setCurrentIndex(0)
    status = window.link.status()
    assert status is not None
    np.testing.assert_array_equal(status.history.steps, known.losses["step"])
    assert not window.session.dirty


def test_a_preset_names_the_window(window: Window) -> None:
    assert window.session.open_preset("moons")
    assert window.windowTitle() == "Moons[*] – FlowLab"
    assert window.session.title == "Moons"


def test_a_preset_that_is_a_figure_at_one_t_stands_there(window: Window) -> None:
    window.playback.play()
    assert window.session.open_preset("notebook_samples")
    assert window.playback.t == 1.0
    assert not window.playback.playing


def test_a_run_of_another_preset_brings_its_name_and_undo_takes_it_back(window: Window) -> None:
    """The title and the names that saving and exporting propose are the document's."""
    assert window.session.open_preset("moons")
    moons = window.store.branch.number
    assert window.session.open_preset("spiral")
    window.store.take_up(moons, "Open a run")
    assert window.session.title == "Moons"
    assert window.windowTitle() == "Moons[*] – FlowLab"
    assert window.session.export_path.name == "Moons"
    window.store.edit(window.store.document.with_parts(network=WIDE), "Change width")
    assert window.session.title == "Moons"  # of a new training that came from it
    window.store.stack.undo()
    window.store.stack.undo()
    assert window.session.title == "Spiral"


def test_where_the_camera_looks_is_no_work_to_be_saved(window: Window) -> None:
    assert window.session.open_preset("moons")
    window.room.canvas.take_camera(Camera(1.0, 1.0, 3.0))
    assert not window.session.dirty
