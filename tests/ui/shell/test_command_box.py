"""The search box: finds actions by their words, triggers the right one."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMainWindow, QVBoxLayout, QWidget

from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import call
from flowlab.ui.shell.command_box import CommandBox
from flowlab.ui.shell.command_list import BESIDE, SHORTCUT

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


def test_words_filter_and_enter_triggers_the_best(qtbot, window):
    window.box.start()
    qtbot.keyClicks(window.box, "dr tar")
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


def test_an_action_that_cannot_be_done_is_listed_with_the_reason_and_not_chosen(qtbot, window):
    reset = window.actions()[4]
    allow(reset, "There is nothing to reset")
    window.box.start()
    assert "Reset the weights" not in found(window)  # nobody has asked for it
    qtbot.keyClicks(window.box, "reset")
    assert found(window) == ["Reset the weights"]
    row = window.box.popup.item(0)
    assert row.data(BESIDE) == "There is nothing to reset"
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    qtbot.keyClick(window.box, Qt.Key.Key_Return)
    assert window.done == []
    allow(reset, "")
    qtbot.keyClick(window.box, Qt.Key.Key_Backspace)
    qtbot.keyClick(window.box, Qt.Key.Key_Return)
    assert window.done == ["Reset the weights"]


def test_arrows_pass_over_what_cannot_be_done(qtbot, window):
    allow(window.actions()[1], "Not now")
    window.box.start()
    qtbot.keyClicks(window.box, "draw")
    qtbot.keyClick(window.box, Qt.Key.Key_Up)
    qtbot.keyClick(window.box, Qt.Key.Key_Down)
    qtbot.keyClick(window.box, Qt.Key.Key_Return)
    assert window.done == ["Draw the source"]


def test_scattered_letters_find_nothing(qtbot, window):
    window.box.start()
    for typed in ("dts", "undo", "theme"):
        window.box.setText(typed)
        assert found(window) == ["No action or setting has these words"]


def test_other_names_and_places_of_an_action_are_known(window):
    call(window.actions()[3], also="screenshot, save picture", place="File menu")
    window.box.start()
    window.box.setText("screenshot")
    assert found(window) == ["Export"]
    assert window.box.popup.item(0).data(BESIDE) == "File menu"


def test_of_two_actions_that_do_the_same_one_is_listed(window):
    twin = QAction("Draw a target again", window)
    window.addAction(twin)
    for action in (window.actions()[1], twin):
        call(action, does="draw target")
    window.box.start()
    window.box.setText("draw target")
    assert found(window) == ["Draw the target"]
