"""Keys in the real window after the mouse has been elsewhere: each fault that people met."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from flowlab.core.document.shapes import Drawing
from flowlab.files import session
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.shell.session_controller import SessionController
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle
from tests.helpers.keys import ALT_GR, choose_by_mouse, click, focused, press, press_as
from tests.helpers.windows import LONG, SMALL

Key = Qt.Key


def activate(window: Window, qtbot: QtBot) -> None:
    """Do what a window manager does, which the offscreen platform lacks."""
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    settle()


@pytest.fixture
def alone() -> bool:
    """Keys are the window's matter, wherever the engine is."""
    return False


@pytest.fixture(autouse=True)
def _active(window: Window, qtbot: QtBot) -> None:
    activate(window, qtbot)
    assert focused() is window.room.canvas


def test_end_after_a_list_goes_to_the_target_and_chooses_nothing(window: Window) -> None:
    left = window.room.panels.left
    choose_by_mouse(left.method, 1)  # type: ignore[attr-defined]
    document = window.store.document
    press(Key.Key_End)
    assert window.playback.t == 1.0
    assert window.store.document == document


def test_end_after_the_depth_slider_does_not_reset_the_training(
    window: Window, qtbot: QtBot
) -> None:
    left = window.room.panels.left
    left._network_section.head.setChecked(True)  # type: ignore[attr-defined]
    settle()
    slider = left.network.fields["depth"].slider  # type: ignore[attr-defined]
    click(slider)
    chosen = window.store.document
    press(Key.Key_T)
    qtbot.waitUntil(lambda: window.link.status().step > 5, timeout=LONG)  # type: ignore[union-attr]
    press(Key.Key_T)
    qtbot.waitUntil(lambda: window.link.status().state == "paused", timeout=LONG)  # type: ignore[union-attr]
    step = window.link.status().step  # type: ignore[union-attr]
    press(Key.Key_End)
    assert window.playback.t == 1.0
    assert window.store.document == chosen
    assert window.link.status().step == step  # type: ignore[union-attr]


def test_after_opening_a_file_3_shows_the_density_and_t_trains(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    drawn = replace(SMALL, target=Drawing())
    session.save(tmp_path / "a.flowlab", SMALL, None, state={}, losses={})
    window.store.replace(drawn)
    card = window.room.panels.card("target")
    card.tune.setChecked(True)
    settle()
    box = next(b for b in card.findChildren(NumberBox) if b.accessibleName() == "Half width")
    click(box)
    assert focused() is box
    assert window.session.open(tmp_path / "a.flowlab")
    activate(window, qtbot)
    press(Key.Key_3)
    assert window.store.document.view.show_density is not SMALL.view.show_density
    assert window.store.document.target == SMALL.target
    press(Key.Key_T)
    qtbot.waitUntil(lambda: window.link.status().step > 0, timeout=LONG)  # type: ignore[union-attr]
    press(Key.Key_T)


def test_after_a_save_question_the_arrows_move_the_time(window: Window, qtbot: QtBot) -> None:
    may_leave = SessionController.may_leave.__get__(window.session)
    window.store.edit(replace(window.store.document, seed=9), "Change the seed", "seed")
    room = window.store.document.view.name

    def answer() -> None:
        question = QApplication.activeModalWidget()
        assert isinstance(question, QMessageBox)
        cancel = question.button(QMessageBox.StandardButton.Cancel)
        QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)

    QTimer.singleShot(100, answer)
    assert not may_leave()
    activate(window, qtbot)
    press(Key.Key_Right)
    press(Key.Key_Right)
    assert window.playback.t == pytest.approx(0.02)
    assert window.store.document.view.name == room


def test_brackets_with_alt_gr_option_and_a_second_pair_of_keys(window: Window) -> None:
    window.room.drawing.open("target")
    pencil = window.room.drawing.tools.pencil
    size = pencil.size
    assert press_as(Key.Key_BracketRight, "]", ALT_GR)  # Windows, German
    assert pencil.size > size
    assert press_as(Key.Key_BracketLeft, "[", ALT_GR)
    assert pencil.size == pytest.approx(size)
    assert press_as(Key.Key_6, "]", Qt.KeyboardModifier.AltModifier)  # a Mac's Option
    assert pencil.size > size
    assert press_as(Key.Key_BracketLeft, "[")  # X11 and Wayland
    assert pencil.size == pytest.approx(size)
    press(Key.Key_Up)
    assert pencil.size > size
    press(Key.Key_Down)
    assert pencil.size == pytest.approx(size)
    assert not press_as(Key.Key_BracketRight, "\x1d", Qt.KeyboardModifier.ControlModifier)
    assert pencil.size == pytest.approx(size)
    window.room.drawing.close()


def test_digits_of_azerty_choose_classes_and_layers(window: Window) -> None:
    view = window.store.document.view
    press_as(Key.Key_QuoteDbl, '"')  # the key of 3
    assert window.store.document.view.show_density is not view.show_density
    window.room.drawing.open("target")
    pencil = window.room.drawing.tools.pencil
    for label, (key, text) in enumerate(((Key.Key_Ampersand, "&"), (Key.Key_Eacute, "é"))):
        assert press_as(key, text)
        assert pencil.label == label
    assert press_as(Key.Key_Minus, "-")
    assert pencil.label == 5
    assert press_as(Key.Key_3, "3", Qt.KeyboardModifier.ShiftModifier)
    assert pencil.label == 2
    assert window.store.document.view.show_density is not view.show_density
    window.room.drawing.close()


def test_f1_opens_the_list_of_keys_beside_the_work(window: Window, qtbot: QtBot) -> None:
    press(Key.Key_F1)
    listed = window.actions_._keys_window
    assert listed is not None
    assert listed.isVisible()
    assert not listed.isModal()
    QTest.keyClick(listed, Key.Key_Escape)
    assert not listed.isVisible()


def test_ctrl_k_leads_to_the_learning_rate_which_takes_a_number(window: Window) -> None:
    press(Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    window.afterwards.finish()
    QTest.keyClicks(focused(), "learning rate")
    settle()
    press(Key.Key_Return)
    box = focused()
    assert box.accessibleName() == "Learning rate"
    QTest.keyClicks(box, "0.02")
    press(Key.Key_Return)
    assert window.store.document.training.learning_rate == pytest.approx(0.02)
