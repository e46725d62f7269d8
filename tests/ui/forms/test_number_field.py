"""A number in a form: what begins a new training is edited once, when it is let go of."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.network import Network
from flowlab.scene.base.style import DARK
from flowlab.ui.base.controls import PAUSE_MS, CalmSlider
from flowlab.ui.base.theme import style_sheet
from flowlab.ui.forms.number_field import NumberField

Log = list[Any]
SPECS = {spec.name: spec for spec in dataclasses.fields(Network)}


@pytest.fixture
def depth(qtbot: QtBot) -> tuple[NumberField, Log]:
    """The depth's row, which starts training over, and what it says."""
    field, log = NumberField(SPECS["depth"], starts_over=True), Log()
    field.show_value(4)
    field.changed.connect(log.append)
    field.settled.connect(lambda: log.append("settled"))
    field.resize(200, field.sizeHint().height())
    qtbot.addWidget(field)
    field.show()
    return field, log


def _pressed(qtbot: QtBot, slider: CalmSlider) -> QPoint:
    start = slider.handle().center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    return start


def test_a_slider_acts_on_release(qtbot: QtBot, depth: tuple[NumberField, Log]) -> None:
    field, log = depth
    start = _pressed(qtbot, field.slider)
    for dx in (10, 20, 30, 40):
        qtbot.mouseMove(field.slider, start + QPoint(dx, 0))
    assert log == []
    dragged = int(field.box.text())  # what it will be is shown meanwhile
    assert dragged > 4
    qtbot.mouseRelease(field.slider, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert log == [dragged, "settled"]


@pytest.mark.parametrize("height", [0, -1])
def test_a_click_above_or_below_the_groove_is_a_click_on_the_track(
    qtbot: QtBot, depth: tuple[NumberField, Log], height: int
) -> None:
    field, log = depth
    field.setStyleSheet(style_sheet(DARK))  # its handle is lower than the slider
    field.slider.setMinimumHeight(20)
    slider = field.slider
    at = QPoint(slider.width() - 12, height % slider.height())
    assert not slider.handle().top() <= at.y() <= slider.handle().bottom()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=at)
    assert slider.isSliderDown()
    assert log == []
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at)
    assert not slider.isSliderDown()
    assert log == [int(field.box.text()), "settled"]
    field.show_value(4)  # as undo does
    assert field.scale.at(slider.value() / slider.maximum()) == pytest.approx(4, abs=0.5)


def test_there_and_back_again_starts_nothing_over(
    qtbot: QtBot, depth: tuple[NumberField, Log]
) -> None:
    field, log = depth
    start = _pressed(qtbot, field.slider)
    qtbot.mouseMove(field.slider, start + QPoint(40, 0))
    qtbot.mouseMove(field.slider, start)
    qtbot.mouseRelease(field.slider, Qt.MouseButton.LeftButton, pos=start)
    assert log == []


@pytest.mark.parametrize("part", ["slider", "box"])
def test_steps_by_keys_are_one_edit_after_a_pause(
    qtbot: QtBot, depth: tuple[NumberField, Log], part: str
) -> None:
    field, log = depth
    editor: QWidget = getattr(field, part)
    for _ in range(3):
        qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert (log, field.box.text()) == ([], "7")
    qtbot.waitUntil(lambda: bool(log), timeout=20 * PAUSE_MS)
    assert log == [7, "settled"]


def test_home_and_end_wait_too(qtbot: QtBot, depth: tuple[NumberField, Log]) -> None:
    field, log = depth
    qtbot.keyClick(field.slider, Qt.Key.Key_End)
    qtbot.keyClick(field.slider, Qt.Key.Key_Home)
    assert log == []
    field._pause.timeout.emit()
    assert log == [1, "settled"]
    assert not field._pause.isActive()


def test_a_number_that_is_typed_counts_at_once(
    qtbot: QtBot, depth: tuple[NumberField, Log]
) -> None:
    field, log = depth
    field.box.selectAll()
    qtbot.keyClicks(field.box.lineEdit(), "6")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert log == [6, "settled"]


def test_another_value_from_outside_replaces_one_that_waits(
    qtbot: QtBot, depth: tuple[NumberField, Log]
) -> None:
    field, log = depth
    qtbot.keyClick(field.slider, Qt.Key.Key_Up)
    field.show_value(9)
    assert not field._pause.isActive()
    assert (log, field.box.text()) == ([], "9")


def test_a_value_that_waits_is_taken_when_its_form_is_folded_away(
    qtbot: QtBot, depth: tuple[NumberField, Log]
) -> None:
    field, log = depth
    qtbot.keyClick(field.slider, Qt.Key.Key_Up)
    field.hide()
    assert log == [5, "settled"]
