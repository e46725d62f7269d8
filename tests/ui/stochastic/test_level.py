"""The noise level over time: a drawn one begins as the last shape, is edited, and undone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.stochastic.level_curve import level_curve
from flowlab.core.stochastic.settings import MOST_LEVEL_POINTS, Stochastic
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.stochastic.controls import ProcessesControls
from flowlab.ui.stochastic.level_place import HINTS, LevelPlace
from flowlab.ui.stochastic.level_plot import EDIT_TIP, LevelPlot

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
LINE = ((0.0, 1.0), (1.0, 0.0))


def document(shape: str = "drawn", curve: tuple[tuple[float, float], ...] = LINE) -> Document:
    view = View(name="processes", particles=50)
    return Document(view=view, stochastic=Stochastic(eps_shape=shape, eps_curve=curve))


@pytest.fixture
def place(qtbot: QtBot) -> LevelPlace:
    made = LevelPlace(DocumentStore(document()))
    made.store.changed.connect(lambda _, after: made.show_document(after))
    qtbot.addWidget(made)
    made.resize(260, 160)
    made.ready()
    made.show()
    return made


def plot_of(place: LevelPlace) -> LevelPlot:
    assert place.plot is not None
    return place.plot


def spot(place: LevelPlace, t: float, value: float) -> QPoint:
    return plot_of(place).spot(t, value).toPoint()


def curve_of(place: LevelPlace) -> tuple[tuple[float, float], ...]:
    return place.store.document.stochastic.eps_curve


def test_a_click_adds_a_point_that_is_dragged_in_one_step_of_the_history(place: LevelPlace) -> None:
    port = plot_of(place).viewport()
    QTest.mousePress(port, LEFT, pos=spot(place, 0.5, 0.5))
    assert len(curve_of(place)) == 3
    QTest.mouseMove(port, spot(place, 0.4, 1.0))
    QTest.mouseMove(port, spot(place, 0.3, 0.8))
    QTest.mouseRelease(port, LEFT, pos=spot(place, 0.3, 0.8))
    assert curve_of(place)[1] == pytest.approx((0.3, 0.8), abs=0.02)
    place.store.undo()
    assert curve_of(place) == LINE
    assert place.store.stack.index() == 0


def test_a_right_click_removes_a_point_but_no_end(place: LevelPlace) -> None:
    place.store.edit(document(curve=((0.0, 1.0), (0.5, 0.9), (1.0, 0.0))), "points")
    port = plot_of(place).viewport()
    QTest.mouseClick(port, RIGHT, pos=spot(place, 0.0, 1.0))
    assert len(curve_of(place)) == 3
    QTest.mouseClick(port, RIGHT, pos=spot(place, 0.5, 0.9))
    assert curve_of(place) == LINE


def test_keys_choose_move_and_remove_a_point(place: LevelPlace) -> None:
    place.store.edit(document(curve=((0.0, 1.0), (0.5, 0.9), (1.0, 0.0))), "points")
    plot = plot_of(place)
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    assert curve_of(place)[1] == pytest.approx((0.49, 0.95))
    QTest.keyClick(plot, Qt.Key.Key_Delete)
    assert curve_of(place) == LINE
    QTest.keyClick(plot, Qt.Key.Key_PageDown)
    QTest.keyClick(plot, Qt.Key.Key_Right)  # an end keeps its t
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert curve_of(place)[0] == pytest.approx((0.0, 1.05))


def test_points_stay_between_their_neighbours_and_are_limited_in_number(place: LevelPlace) -> None:
    plot = plot_of(place)
    port = plot.viewport()
    QTest.mousePress(port, LEFT, pos=spot(place, 0.5, 0.5))
    QTest.mouseMove(port, spot(place, 1.5, -3.0))
    QTest.mouseRelease(port, LEFT, pos=spot(place, 1.5, -3.0))
    assert curve_of(place)[1] == (0.995, 0.0)
    t = np.linspace(0, 1, MOST_LEVEL_POINTS)
    place.store.edit(document(curve=tuple((float(x), 0.5) for x in t)), "many")
    QTest.mouseClick(port, LEFT, pos=spot(place, float(t[3] + t[4]) / 2, 0.1))
    assert len(curve_of(place)) == MOST_LEVEL_POINTS


def test_other_shapes_are_shown_but_not_edited_and_other_views_have_none(place: LevelPlace) -> None:
    place.store.edit(document("sine"), "sine")
    assert place.hint.text() == HINTS["sine"]
    t, values = plot_of(place).curves[0].xs, plot_of(place).curves[0].ys
    assert np.allclose(values, np.sin(np.pi * t) ** 2)
    QTest.mouseClick(plot_of(place).viewport(), LEFT, pos=spot(place, 0.3, 0.3))
    assert place.store.document == document("sine")
    place.show_document(replace(document(), view=View(name="likelihood")))
    assert place.isHidden()


@pytest.mark.parametrize("shape", ["auto", "alpha", "constant", "sine"])
def test_a_drawn_level_begins_as_the_shape_chosen_before(qtbot: QtBot, shape: str) -> None:
    controls, heard = ProcessesControls(document(shape)), list[Document]()
    qtbot.addWidget(controls)
    controls.edited.connect(lambda after, *_: heard.append(after))
    before = controls.document.stochastic
    controls.take("stochastic", replace(before, eps_shape="drawn"))
    t, values = level_curve(before, controls.document.path)
    assert np.allclose(
        np.interp(t, *level_curve(heard[-1].stochastic, heard[-1].path)), values, atol=0.03
    )


def test_the_tooltip_stands_below_the_points_and_goes_when_one_is_taken(
    place: LevelPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot, shown = plot_of(place), []
    monkeypatch.setattr(QToolTip, "showText", lambda at, text, *_: shown.append((at, text)))
    at = spot(place, 0.5, 0.5)
    help_event = QHelpEvent(QEvent.Type.ToolTip, at, plot.mapToGlobal(at))
    QCoreApplication.sendEvent(plot.viewport(), help_event)
    [(where, text)] = shown
    assert text == EDIT_TIP
    assert plot.mapFromGlobal(where).y() >= plot.height()
    QTest.mousePress(plot.viewport(), LEFT, pos=at)
    QCoreApplication.sendEvent(plot.viewport(), help_event)
    assert len(shown) == 1  # none during a drag
    QTest.mouseRelease(plot.viewport(), LEFT, pos=at)
