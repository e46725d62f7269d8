"""The search box: finds actions by a few letters, triggers the right one."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMainWindow, QVBoxLayout, QWidget

from flowlab.ui.shell.command_box import CommandBox, score
from flowlab.ui.shell.command_list import SHORTCUT

ACTIONS = {
    "&Play or pause": "Space",
    "Draw the &target": "",
    "Draw the source": "",
    "Export…": "Ctrl+E",
    "Reset the weights": "",
}


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    qtbot.addWidget(made)
    centre = QWidget()
    made.setCentralWidget(centre)
    column = QVBoxLayout(centre)
    made.box, made.other, made.done = CommandBox(made), QLineEdit(), []
    made.other.setPlaceholderText("elsewhere")
    column.addWidget(made.other)
    column.addWidget(made.box)
    for text, keys in ACTIONS.items():
        action = QAction(text, made)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False, text=text: made.done.append(text))
        made.addAction(action)
    made.menuBar().addMenu("File").addAction("Disabled thing").setEnabled(False)
    made.resize(600, 400)
    made.show()
    made.activateWindow()
    made.other.setFocus()
    qtbot.waitUntil(made.other.hasFocus)
    return made


def found(window):
    return [window.box.popup.item(i).text() for i in range(window.box.popup.count())]


def test_focus_lists_every_enabled_action_with_its_shortcut(window):
    window.box.start()
    assert found(window) == [
        "Play or pause",
        "Draw the target",
        "Draw the source",
        "Export",
        "Reset the weights",
    ]
    assert window.box.popup.isVisible()
    assert window.box.popup.item(3).data(SHORTCUT) == "Ctrl+E"


def test_ctrl_k_takes_the_focus(qtbot, window):
    qtbot.keyClick(window.other, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.box.hasFocus)


def test_letters_filter_and_enter_triggers_the_best(qtbot, window):
    window.box.start()
    qtbot.keyClicks(window.box, "dtar")
    assert found(window)[0] == "Draw the target"
    qtbot.keyClick(window.box, Qt.Key.Key_Return)
    assert window.done == ["Draw the &target"]
    assert window.box.text() == ""
    assert not window.box.popup.isVisible()
    assert window.other.hasFocus()


def test_arrows_choose_another(qtbot, window):
    window.box.start()
    qtbot.keyClicks(window.box, "draw")
    qtbot.keyClick(window.box, Qt.Key.Key_Down)
    qtbot.keyClick(window.box, Qt.Key.Key_Down)
    qtbot.keyClick(window.box, Qt.Key.Key_Return)
    assert window.done == ["Draw the source"]


def test_click_triggers(qtbot, window):
    window.box.start()
    popup = window.box.popup
    spot = popup.visualItemRect(popup.item(4)).center()
    qtbot.mouseClick(popup.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert window.done == ["Reset the weights"]


def test_escape_gives_the_focus_back(qtbot, window):
    window.box.start()
    qtbot.keyClicks(window.box, "ex")
    qtbot.keyClick(window.box, Qt.Key.Key_Escape)
    assert window.box.text() == ""
    assert window.other.hasFocus()
    assert window.done == []


def test_nothing_found_says_so(qtbot, window):
    window.box.start()
    qtbot.keyClicks(window.box, "qqq")
    assert found(window) == ["No action or setting has these words"]
    qtbot.keyClick(window.box, Qt.Key.Key_Return)
    assert window.done == []


def test_an_action_disabled_meanwhile_is_no_longer_found(window):
    window.actions()[0].setEnabled(False)
    window.box.start()
    assert "Play or pause" not in found(window)


def test_the_list_stays_inside_the_window(window):
    window.box.start()
    popup = window.box.popup
    assert window.rect().contains(popup.geometry())


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("exp", "Export…", "Next point"),
        ("dt", "Draw the target", "Edit"),
        ("train", "Train or pause", "Trails on or off and in"),
        ("pop", "Play or pause", "Preset of a type"),
    ],
)
def test_score_prefers_starts_and_runs(typed, better, worse):
    assert score(typed, better) > (score(typed, worse) or 0)


def test_score_refuses_letters_out_of_order():
    assert score("trap", "part") is None
    assert score("", "anything") is not None
