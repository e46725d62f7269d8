"""Training time in the real window with its engine: dragged, stepped, pinned, saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from pytestqt.qtbot import QtBot

from flowlab.core.document.shapes import Gaussian
from flowlab.files import session
from flowlab.ui.shell.window import Window
from flowlab.ui.state.preferences import Preferences
from tests.helpers.windows import LONG, SMALL, wait

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    made = Window(Preferences(settings), device="cpu")
    made.session.may_leave = lambda: True  # type: ignore[method-assign]
    complaints: list[str] = []
    made.session.complain = complaints.append  # type: ignore[method-assign]
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.link.engine is not None, timeout=LONG)
    made.store.replace(SMALL)
    made.link.open(SMALL, None, made.store.branch)
    qtbot.waitUntil(lambda: seen(made) == 0, timeout=LONG)
    yield made
    made.shut_down()
    made.hide()
    assert complaints == []


def seen(window: Window) -> int:
    bundle = window.room.canvas.bundle
    return -1 if bundle is None or bundle.points.shape[1] != 300 else bundle.step


def train(window: Window, qtbot: QtBot, step: int) -> int:
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, LEFT)
    wait(qtbot, lambda: window.link.status().step >= step)  # type: ignore[union-attr]
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, LEFT)
    wait(qtbot, lambda: window.link.status().state == "paused")  # type: ignore[union-attr]
    final = window.link.status().step  # type: ignore[union-attr]
    wait(qtbot, lambda: window.room.moments.line.newest == final)
    return final


def drag(window: Window, qtbot: QtBot, *steps: int | None) -> None:
    slider = window.time_bar.training.slider
    places = [QPoint(round(slider.x_of(step)), slider.height() // 2) for step in steps]
    qtbot.mousePress(slider, LEFT, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(slider, place)
    qtbot.mouseRelease(slider, LEFT, pos=places[-1])


def test_training_time_is_dragged_stepped_pinned_exported_and_saved(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    row, canvas = window.time_bar.training, window.room.canvas
    assert not row.slider.isEnabled()
    final = train(window, qtbot, 100)
    wait(qtbot, lambda: seen(window) == final)
    assert row.words.text() == f"step {final:,} (now)"

    drag(window, qtbot, 8, 24, 40)
    wait(qtbot, lambda: seen(window) == 40)
    assert row.words.text() == f"step 40 of {final:,}"
    assert "training step 40" in canvas.caption
    then = canvas.bundle
    assert then is not None
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert window.playback.t == pytest.approx(0.01)
    assert seen(window) == 40

    qtbot.mouseClick(row.pin, LEFT)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    wait(qtbot, lambda: seen(window) == 48 and canvas.frame().beside is not None)
    qtbot.mouseClick(row.now, LEFT)
    wait(qtbot, lambda: seen(window) == final)
    wait(qtbot, lambda: canvas.frame().titles == ("step 40", f"step {final:,} (now)"))
    frame = canvas.frame()
    assert frame.beside is not None
    assert frame.bundle is not None
    np.testing.assert_array_equal(frame.beside.points, then.points)
    np.testing.assert_array_equal(frame.beside.points[0], frame.bundle.points[0])

    shown = window.exports.frames_of(frame.bundle)(0.5, "dark", 400, 200)
    assert shown.beside is frame.beside
    assert shown.titles == frame.titles

    qtbot.keyClick(canvas, Qt.Key.Key_P, SHIFT)
    wait(qtbot, lambda: canvas.frame().beside is None)

    path = tmp_path / "a.flowlab"
    assert window.session.save_to(path)
    steps = [kept.step for kept in session.load(path).snapshots]
    assert 0 in steps
    assert len(steps) <= session.SNAPSHOTS
    window.session.new()
    wait(qtbot, lambda: window.room.moments.line.newest == 0)
    assert window.session.open(path)
    wait(qtbot, lambda: window.room.moments.line.stored == (*steps, final))
    drag(window, qtbot, steps[1])
    wait(qtbot, lambda: seen(window) == steps[1])


def test_looking_back_while_training_and_what_ends_it(window: Window, qtbot: QtBot) -> None:
    row = window.time_bar.training
    train(window, qtbot, 60)
    drag(window, qtbot, 16)
    wait(qtbot, lambda: seen(window) == 16)
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, LEFT)
    wait(qtbot, lambda: window.room.moments.line.newest > 500)
    assert seen(window) == 16
    qtbot.mouseDClick(row.slider, LEFT, pos=QPoint(40, 10))
    wait(qtbot, lambda: seen(window) > 500)

    drag(window, qtbot, 16)
    wait(qtbot, lambda: seen(window) == 16)
    qtbot.mouseClick(row.pin, LEFT)
    wait(qtbot, lambda: window.room.canvas.frame().beside is not None)
    window.room.set_shape("target", Gaussian(offset_x=4.0))
    wait(qtbot, lambda: seen(window) >= 0 and window.room.moments.line.step is None)
    wait(qtbot, lambda: window.room.canvas.frame().beside is None)
    assert not row.pin.isChecked()

    window.room.reset()
    wait(qtbot, lambda: window.link.status().steps_kept[0] == 0)  # type: ignore[union-attr]
    assert row.now.isEnabled() is False
