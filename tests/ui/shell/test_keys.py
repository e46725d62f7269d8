"""Keys belong to the window after the mouse, to a control after Tab, and to text being typed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from flowlab.ui.base.controls import CalmSlider
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.shell.keys import types
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle
from tests.helpers.keys import choose_by_mouse, click, focused, press

Key = Qt.Key


def opened(window: Window, *heads: str) -> QWidget:
    """The left panel with these sections open."""
    left = window.room.panels.left
    for head in left.findChildren(QToolButton):
        if head.text() in heads:
            head.setChecked(True)
    settle()
    return left


def test_after_every_slider_and_check_box_the_keys_are_the_windows(still_window: Window) -> None:
    window = still_window
    left = opened(window, "Network and training", "Steps", "How many, seed")
    sliders = [s for s in left.findChildren(CalmSlider) if s.isVisible() and s.isEnabled()]
    boxes = [b for b in left.findChildren(QCheckBox) if b.isVisible() and b.isEnabled()]
    assert len(sliders) > 8
    assert len(boxes) > 8
    for widget in (*sliders, *boxes):
        click(widget)
        assert focused() is window.room.canvas, widget.accessibleName()
        now = window.store.document
        press(Key.Key_End)
        press(Key.Key_Home)
        press(Key.Key_Right)
        assert window.playback.t == 0.01
        assert window.store.document == now


def test_a_slider_held_by_the_mouse_leaves_the_keys_alone(still_window: Window) -> None:
    left = opened(still_window, "Network and training")
    slider = next(s for s in left.findChildren(CalmSlider) if s.isVisible())
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(40, slider.height() // 2))
    settle()
    before = slider.value()
    press(Key.Key_End)
    assert still_window.playback.t == 1.0
    assert slider.value() == before
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(40, slider.height() // 2))
    settle()
    assert focused() is still_window.room.canvas


def test_after_every_list_the_keys_are_the_windows(still_window: Window) -> None:
    window = still_window
    left = opened(window, "Steps")
    lists = [*left.findChildren(QComboBox), *window.time_bar.findChildren(QComboBox)]
    lists = [box for box in lists if box.isVisible() and box.isEnabled() and box.count() > 1]
    assert len(lists) >= 7
    for box in lists:
        choose_by_mouse(box, 0)
        assert focused() is window.room.canvas, box.accessibleName()
        before = box.currentIndex()
        press(Key.Key_End)
        assert window.playback.t == 1.0
        assert box.currentIndex() == before
        press(Key.Key_Home)


def test_a_control_reached_by_tab_has_its_own_keys(still_window: Window, qtbot: QtBot) -> None:
    window = still_window
    left = opened(window, "Network and training")
    slider = next(s for s in left.findChildren(CalmSlider) if s.accessibleName() == "Depth")
    window.keys.go_to(slider)
    before = slider.value()
    press(Key.Key_Right)
    assert slider.value() > before
    press(Key.Key_End)
    qtbot.waitUntil(lambda: window.store.document.network.depth == 10)  # after a pause
    assert window.playback.t == 0.0
    assert focused() is slider
    playing = window.playback.playing
    press(Key.Key_Space)  # a slider has no use for it
    assert window.playback.playing is not playing
    press(Key.Key_Escape)
    assert focused() is window.room.canvas


def test_tab_reaches_every_control_of_the_panels(still_window: Window) -> None:
    window = still_window
    left = opened(window, "Network and training")
    kinds = (QComboBox, QSlider, QCheckBox, NumberBox)
    there = (w for kind in kinds for w in left.findChildren(kind))
    wanted = {w for w in there if w.isVisible() and w.isEnabled()}
    reached = set()
    for _ in range(200):
        press(Key.Key_Tab)
        reached.add(focused())
    assert wanted <= reached


def test_typing_keeps_all_keys_until_enter(still_window: Window) -> None:
    window = still_window
    left = opened(window, "Network and training")
    box = next(b for b in left.findChildren(NumberBox) if b.accessibleName() == "Batch")
    click(box)
    assert focused() is box
    box.selectAll()
    layers = window.store.document.view
    press(Key.Key_3)
    press(Key.Key_2)
    assert window.store.document.view == layers
    press(Key.Key_Return)
    assert window.store.document.training.batch == 32
    assert focused() is window.room.canvas
    press(Key.Key_3)
    assert window.store.document.view.show_density is not layers.show_density
    click(box)
    press(Key.Key_Escape)
    assert focused() is window.room.canvas


def test_what_hides_gives_the_focus_to_the_picture(still_window: Window) -> None:
    window = still_window
    left = opened(window, "Network and training")
    box = next(b for b in left.findChildren(NumberBox) if b.accessibleName() == "Batch")
    click(box)
    opened_head = next(h for h in left.findChildren(QToolButton) if "training" in h.text())
    opened_head.setChecked(False)
    settle()
    assert focused() is window.room.canvas
    assert not types(focused())


def test_a_button_clicked_does_not_take_space(still_window: Window) -> None:
    window = still_window
    click(window.time_bar.back)
    assert focused() is window.room.canvas
    playing, backwards = window.playback.playing, window.playback.direction
    press(Key.Key_Space)
    assert window.playback.playing is not playing
    assert window.playback.direction == backwards


def test_drawing_keys_work_while_a_control_has_the_focus(still_window: Window) -> None:
    window = still_window
    window.room.drawing.open("target")
    pencil = window.room.drawing.tools.pencil
    window.keys.go_to(window.time_bar.mode)
    layers = window.store.document.view
    press(Key.Key_3)
    press(Key.Key_S)
    assert pencil.label == 2
    assert pencil.tool == "spray"
    assert window.store.document.view == layers
    press(Key.Key_Escape)
    assert not window.room.drawing.role
