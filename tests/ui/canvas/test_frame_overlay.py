"""The developer overlay: hidden until asked for, on the screen only."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from flowlab.core.views.bundle import Bundle
from flowlab.scene import canvas as scene
from flowlab.ui.canvas.frame_overlay import BAR, BARS, CHART, TALLEST, bars
from flowlab.ui.shell.window import Window
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.frame_budget import Cost
from flowlab.ui.state.preferences import Preferences

KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """The whole window, but no engine."""
    monkeypatch.setattr(EngineLink, "start", lambda _: None)
    made = Window(Preferences(QSettings("FlowLab", "test")))
    qtbot.addWidget(made)
    made.show()
    points = np.random.default_rng(0).standard_normal((2, 500, 2)).astype(np.float32)
    made.room.canvas.show_bundle(Bundle(times=np.array([0, 1], np.float32), points=points))
    qtbot.waitUntil(lambda: made.playback.budget.count > 0)
    yield made
    made.shut_down()
    made.hide()


def test_it_is_hidden_until_its_shortcut_and_hidden_by_it_again(
    window: Window, qtbot: QtBot
) -> None:
    assert window.room.overlay is None
    qtbot.keyClick(window, Qt.Key.Key_F, KEYS)
    assert window.room.overlay is not None
    assert window.room.overlay.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F, KEYS)
    assert not window.room.overlay.isVisible()


def test_it_stands_in_the_view_menu_with_its_keys(window: Window) -> None:
    window.afterwards.finish()
    (action,) = [a for a in window.actions() if a.text().startswith("Frame budget")]
    assert action.shortcut().toString() == "Ctrl+Shift+F"


def test_it_tells_what_the_budget_knows_and_what_is_shown(window: Window) -> None:
    window.room.budget.toggle()
    assert window.room.overlay is not None
    words = dict(window.room.overlay.lines())
    assert words["particles · bundle"].startswith("500 · ")
    assert words["training steps a second"] == "–"
    assert words["late  p50 · p99 · max"].endswith(" ms")


def test_it_stays_inside_the_canvas_when_that_is_resized(window: Window, qtbot: QtBot) -> None:
    window.room.budget.toggle()
    overlay, canvas = window.room.overlay, window.room.canvas
    assert overlay is not None
    for size in ((1100, 720), (1600, 900)):
        window.resize(*size)
        qtbot.waitUntil(lambda: canvas.rect().contains(overlay.geometry()))
        assert canvas.width() - overlay.geometry().right() < 20


def test_it_is_never_in_an_export(window: Window) -> None:
    bundle = window.room.canvas.bundle
    assert bundle is not None
    maker = window.exports.frames_of(bundle)

    def exported() -> np.ndarray:
        image = QImage(320, 240, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        scene.paint(painter, 320, 240, maker(0.5, "dark", 320, 240))
        painter.end()
        return np.frombuffer(image.constBits(), np.uint8).copy()

    before = exported()
    window.room.budget.toggle()
    assert np.array_equal(exported(), before)


def test_a_frame_is_a_bar_of_its_parts_as_high_as_it_took() -> None:
    colours = [QColor("red"), QColor("green"), QColor("blue"), QColor("black")]
    quick, slow = Cost(0.0, 0.0, 0.001, 0.002, 0.004), Cost(0.0, 0.0, 0.002, 0.030, 0.031)
    image = bars([quick] * 50 + [slow] * 3, colours)
    flat = np.frombuffer(image.constBits(), np.uint32).reshape(CHART, BARS * BAR)

    def heights(bar: int) -> list[int]:
        column = flat[:, bar * BAR]
        return [int(np.sum(column == colour.rgb())) for colour in colours]

    unit = CHART / TALLEST
    assert heights(0) == [0, 0, 0, CHART]  # before the first frame
    assert heights(BARS - 10)[:3] == pytest.approx([1e-3 * unit, 2e-3 * unit, 2e-3 * unit], abs=1)
    assert heights(BARS - 1)[:3] == pytest.approx([2e-3 * unit, 30e-3 * unit, 1e-3 * unit], abs=1)
    assert image.size().toTuple() == (BARS * BAR, CHART)
