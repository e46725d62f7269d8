"""A right click on the picture: copy, pin, centre, export; and ticks in the menus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from flowlab.core.views.bundle import Bundle
from flowlab.ui.shell.canvas_menu import menu_at
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle
from tests.helpers.keys import press

CTRL, RIGHT = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.RightButton
POINTS = np.array([[[0, 0], [3, 1]], [[0, 0], [3, 1]]], np.float32)


@pytest.fixture
def window(still_window: Window) -> Window:
    bundle = Bundle(times=np.array([0, 1], np.float32), points=POINTS, source=POINTS[0])
    still_window.room.canvas.show_bundle(bundle)
    settle()
    return still_window


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.text(): action for action in menu.actions() if action.text()}


def right_click(window: Window, at: QPoint) -> QMenu:
    QTest.mouseMove(window.room.canvas, at)
    QTest.mouseClick(window.room.canvas, RIGHT, pos=at)
    settle()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_it_offers_what_concerns_the_picture(window: Window) -> None:
    menu = right_click(window, QPoint(30, 200))
    assert {"Pin this particle", "Centre here", "Copy the picture", "Export…"} <= set(entries(menu))
    assert not entries(menu)["Pin this particle"].isEnabled()  # there is none
    menu.close()


def test_pin_and_release_the_particle_under_the_cursor(window: Window) -> None:
    canvas = window.room.canvas
    canvas.set_hover(1)
    menu = menu_at(window.room, QPointF(5, 5), window.actions())
    entries(menu)["Pin this particle"].trigger()
    assert canvas.pins == (1,)
    again = menu_at(window.room, QPointF(5, 5), window.actions())
    entries(again)["Release this particle"].trigger()
    assert canvas.pins == ()


def test_centre_here_moves_that_place_to_the_middle(window: Window) -> None:
    canvas = window.room.canvas
    at = QPointF(60, 90)
    place, half = canvas.plane(at), canvas.current_camera().half_height
    entries(menu_at(window.room, at, window.actions()))["Centre here"].trigger()
    middle = canvas.plane(QPointF(canvas.width() / 2, canvas.height() / 2))
    assert middle == pytest.approx(place, abs=1e-6)
    assert canvas.current_camera().half_height == half


def test_ctrl_c_copies_the_picture_as_it_is_shown(window: Window) -> None:
    QGuiApplication.clipboard().clear()
    press(Qt.Key.Key_C, CTRL)
    image = QGuiApplication.clipboard().image()
    canvas = window.room.canvas
    ratio = canvas.devicePixelRatioF()
    assert image.size() == canvas.size() * ratio
    painted = canvas.grab().toImage()
    spot = round(canvas.width() / 2), canvas.height() - 60
    assert image.pixelColor(*spot) == painted.pixelColor(*spot)


def test_a_drag_with_the_right_button_pans_and_opens_nothing(window: Window) -> None:
    canvas = window.room.canvas
    before = canvas.current_camera()
    QTest.mousePress(canvas, RIGHT, pos=QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(240, 230))
    QTest.mouseMove(canvas, QPoint(260, 250))
    QTest.mouseRelease(canvas, RIGHT, pos=QPoint(260, 250))
    settle()
    assert QApplication.activePopupWidget() is None
    assert canvas.current_camera() != before


def test_no_menu_while_drawing(window: Window) -> None:
    window.room.drawing.open("target")
    QTest.mouseClick(window.room.canvas, RIGHT, pos=QPoint(200, 200))
    settle()
    assert QApplication.activePopupWidget() is None
    window.room.drawing.close()


def test_ticks_say_what_is_on(window: Window) -> None:
    actions = {action.text(): action for action in window.actions()}
    assert not [text for text in actions if "on or off" in text]
    for text, change in (
        ("Density", lambda: window.room.toggle_layer("show_density")),
        ("Lens", window.room.lens.toggle),
        ("Side panels", window.room.toggle_panels),
        ("Light theme", window.toggle_theme),
        ("Play backwards", window.playback.reverse),
        ("Frame budget", window.room.budget.toggle),
    ):
        window.actions_.show_state()
        before = actions[text].isChecked()
        change()
        window.actions_.show_state()
        assert actions[text].isChecked() is not before, text
        actions[text].trigger()
        assert actions[text].isChecked() is before, text
    window.playback.set_mode("once")
    window.actions_.show_state()
    ticked = [text for text, action in actions.items() if action.isChecked()]
    assert [text for text in ticked if text.startswith("At the end")] == ["At the end: once"]
    assert [text for text in ticked if text.startswith("Room")] == ["Room: Flow"]
    window.room.lens.toggle() if window.room.lens.on else None


def test_a_view_without_a_plane_is_not_centred(window: Window) -> None:
    canvas = window.room.canvas
    document = canvas.document
    canvas.show_document(replace(document, view=replace(document.view, name="time_plane")))
    menu = right_click(window, QPoint(30, 200))
    assert "Centre here" not in entries(menu)
    menu.close()
