"""The read-out: its place, its end, the keys that make it, and the tooltip it replaces."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QPushButton, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from flowlab.scene.base.style import DARK
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot
from flowlab.ui.plots.readout import MOST

TIMES = np.linspace(0.0, 1.0, 5)


class Window(QWidget):
    """A chart beside something else, and shortcuts of the window on the chart's keys."""

    def __init__(self) -> None:
        super().__init__()
        self.plot, self.other = Plot("error", "t", theme=DARK, tip="What it is"), QPushButton()
        column = QVBoxLayout(self)
        column.addWidget(self.plot)
        column.addWidget(self.other)
        self.resize(246, 180)
        self.heard: list[str] = []
        for name in ("Home", "Left", "Right"):
            key = QShortcut(QKeySequence(name), self)
            key.activated.connect(lambda name=name: self.heard.append(name))


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Window:
    apply_theme(qapp, DARK)  # as in use: the size of its words decides where a read-out fits
    made = Window()
    qtbot.addWidget(made)
    made.show()
    made.plot.show_curves(Curve("up", TIMES, 1 + TIMES))
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def press(window: Window, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(window.windowHandle(), key)  # as the desktop does: shortcuts first


def test_a_clicked_chart_has_the_keys_until_something_else_is_clicked(
    qtbot: QtBot, window: Window
) -> None:
    plot = window.plot
    window.other.setFocus()
    press(window, qtbot, Qt.Key.Key_Right)
    assert window.heard == ["Right"]
    at = plot.mapTo(window, plot.rect().center())
    qtbot.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    assert plot.hasFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home):
        press(window, qtbot, key)
    assert window.heard == ["Right"]
    press(window, qtbot, Qt.Key.Key_Plus)
    assert plot.zoomed
    press(window, qtbot, Qt.Key.Key_Home)
    assert not plot.zoomed
    window.other.setFocus(Qt.FocusReason.MouseFocusReason)
    press(window, qtbot, Qt.Key.Key_Home)
    assert window.heard == ["Right", "Home"]


def test_what_keys_read_goes_with_the_focus_and_with_escape(qtbot: QtBot, window: Window) -> None:
    plot = window.plot
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    plot.leaveEvent(None)
    assert plot.readout.label.isVisible()  # the pointer did not make it
    plot.zoom(0.9)
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert not plot.readout.label.isVisible()
    assert plot.zoomed
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert not plot.zoomed
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.readout.label.isVisible()
    window.other.setFocus()
    assert not plot.readout.label.isVisible()
    assert plot.readout.reading is None


def test_a_still_pointer_reads_what_comes_under_it(qtbot: QtBot, window: Window) -> None:
    plot = window.plot
    pixel = plot.spot(0.5, 1.5).toPoint()
    qtbot.mouseMove(plot.viewport(), pixel + QPoint(1, 0))
    qtbot.mouseMove(plot.viewport(), pixel)
    assert plot.readout.label.text() == "t = 0.5: 1.5"
    for last in (2.0, 8.0):
        xs = np.linspace(0.0, last, 9)
        plot.show_curves(Curve("up", xs, 1 + xs))
        assert plot.readout.reading is not None
        assert plot.pixel(plot.readout.reading.x, 0).x() == pytest.approx(pixel.x(), abs=12)
    plot.show_curves()
    assert not plot.readout.label.isVisible()
    plot.show_curves(Curve("up", TIMES, 1 + TIMES))
    assert plot.readout.label.isVisible()


@pytest.mark.parametrize("x", [0.0, 0.2, 0.49, 0.51, 0.8, 1.0])
@pytest.mark.parametrize(
    ("names", "height"),
    [(["a"], 1.0), (["loss", "running mean", "floor"], 1.0),
     (["of pairs that are independent", "of antithetic pairs", "of both together"], 123456.7),
     (["a name that is much longer than any plot of a panel can be"] * 2, 1.0)],
)  # fmt: skip
def test_a_read_out_is_whole_and_small_and_off_its_points(
    window: Window, names: list[str], height: float, x: float
) -> None:
    plot = window.plot
    curves = [
        Curve(name, TIMES, height * (1 + k + (-1) ** k * TIMES)) for k, name in enumerate(names)
    ]
    plot.show_curves(*curves)
    plot.readout.show(plot.reading(x))
    label, whole = plot.readout.label, plot.viewport().rect()
    assert whole.contains(label.geometry())
    assert label.sizeHint().width() <= label.width()
    assert label.width() * label.height() <= MOST * whole.width() * whole.height()
    assert plot.readout.reading is not None
    if len(names) != 2 or x in (0.0, 1.0):
        for spot in plot.readout.reading.spots:
            assert not label.geometry().contains(plot.pixel(*spot).toPoint())


@pytest.mark.parametrize("height", [80, 100, 140])  # of a low window, and the usual ones
@pytest.mark.parametrize("share", np.linspace(0.02, 0.98, 9))
def test_a_read_out_leaves_the_mark_of_a_zoom_free(
    window: Window, share: float, height: int
) -> None:
    plot = window.plot
    plot.setFixedHeight(height)
    window.resize(246, height + 80)
    plot.show_curves(*(Curve(f"curve {k}", TIMES, k + TIMES[::-1]) for k in range(3)))
    plot.zoom(0.8)
    assert plot.all_button.isVisible()
    (x0, x1), _ = plot.view_box.viewRange()
    plot.readout.show(plot.reading(x0 + share * (x1 - x0)))
    label = plot.readout.label
    assert label.isVisible()
    assert not label.geometry().intersects(plot.all_button.geometry())
    assert plot.viewport().rect().contains(label.geometry())


def test_a_narrow_plot_keeps_its_read_out_inside(window: Window) -> None:
    window.resize(140, 180)
    QApplication.processEvents()
    plot = window.plot
    plot.show_curves(*(Curve(f"a long name {k}", TIMES, TIMES + k) for k in range(3)))
    plot.readout.show(plot.reading(0.5))
    assert plot.viewport().rect().contains(plot.readout.label.geometry())


def test_there_is_no_tooltip_beside_a_read_out(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, words, _of: said.append(words))
    plot, place = window.plot, QPoint(100, 50)

    def rest() -> None:
        event = QHelpEvent(QEvent.Type.ToolTip, place, place)
        QApplication.sendEvent(plot.viewport(), event)

    plot.readout.show(plot.reading(0.5))
    rest()
    assert said == []
    plot.readout.show(None)
    rest()
    assert said == ["What it is"]


def test_steps_are_read_in_full(window: Window) -> None:
    plot = window.plot
    plot.across = "step"
    xs = np.array([12_000.6, 24_000.0])
    plot.show_curves(Curve("", xs, np.array([-0.5, 1.0])))
    reading = plot.reading(12_000.0)
    assert reading is not None
    assert reading.words == "step = 12,001: −0.5"
    assert plot.tip_at(QPointF()) == "What it is"
