"""The list of keys: made from what makes them work, complete, and searchable."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from pytestqt.qtbot import QtBot

from flowlab.ui.plots.plot import STEPS
from flowlab.ui.shell.key_table import table
from flowlab.ui.shell.keys_window import SIZE, KeysWindow
from flowlab.ui.shell.window import Window
from flowlab.ui.tools.pencil import Pencil

NATIVE = QKeySequence.SequenceFormat.NativeText


@pytest.fixture
def keys_window(still_window: Window, qtbot: QtBot) -> KeysWindow:
    made = KeysWindow(still_window, still_window.findChildren(QAction))
    qtbot.addWidget(made)
    return made


def shown(keys_window: KeysWindow) -> list[str]:
    return [
        row.words
        for group in keys_window.groups
        for row, labels in group.rows
        if not labels[0].isHidden() and not group.isHidden()
    ]


def test_each_shortcut_of_the_window_is_in_it(
    still_window: Window, keys_window: KeysWindow
) -> None:
    listed = {key for rows in keys_window.table.values() for row in rows for key in [row.keys]}
    for action in still_window.findChildren(QAction):
        for keys in action.shortcuts():
            text = keys.toString(NATIVE)
            assert any(text in entry.split("  ") for entry in listed), action.text()


def test_each_key_of_the_pencil_is_in_it(keys_window: KeysWindow) -> None:
    drawing = " ".join(row.keys for row in keys_window.table["Drawing"])
    pencil = Pencil()
    pencil.corners = [(0.0, 0.0)]  # so that those keys too have a use
    for key in Qt.Key:
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        if event.matches(QKeySequence.StandardKey.Undo):
            assert "Ctrl+Z" in drawing
        elif pencil.wants(event) and key not in map(Qt.Key, range(0x32, 0x38)):
            assert QKeySequence(key).toString().removeprefix("Num+") in (
                drawing.replace("Enter", "Enter Return")
            ), key


def test_it_names_the_keys_of_rooms_and_plots(keys_window: KeysWindow) -> None:
    chains = {row.keys for row in keys_window.table["Chains"]}
    assert {"Left", "Right"} <= chains
    plots = " ".join(row.keys for row in keys_window.table["Plots"])
    assert all(QKeySequence(key).toString() in plots for key in STEPS)


def test_groups_come_in_a_fixed_order_and_none_is_empty(still_window: Window) -> None:
    groups = table(still_window.findChildren(QAction))
    assert list(groups)[:3] == ["Time", "Training", "Drawing"]
    assert "Other" not in groups
    assert all(groups.values())


def test_it_fits_a_small_screen(keys_window: KeysWindow) -> None:
    keys_window.start()
    assert SIZE[0] <= 1280
    assert SIZE[1] <= 680
    assert keys_window.minimumSizeHint().height() <= 680
    assert keys_window.minimumSizeHint().width() <= 1280
    keys_window.close()


def test_typed_words_filter_it(keys_window: KeysWindow) -> None:
    keys_window.start()
    keys_window.line.setText("brush larger")
    assert len(shown(keys_window)) == 3
    assert all("larger brush" in words for words in shown(keys_window))
    keys_window.line.setText("qqq")
    assert not shown(keys_window)
    assert keys_window.nothing.isVisible()
    keys_window.line.setText("training")
    assert len(shown(keys_window)) >= 7  # by the name of the group too
    keys_window.start()
    assert keys_window.line.text() == ""
    keys_window.close()


def test_undo_is_called_undo_whatever_it_would_undo(still_window: Window) -> None:
    still_window.room.toggle_layer("show_density")
    texts = [action.text() for action in still_window.actions()]
    assert "Undo: change view" in texts
    words = [
        row.words for rows in table(still_window.findChildren(QAction)).values() for row in rows
    ]
    assert {"Undo", "Redo"} <= set(words)
    assert not [each for each in words if each.startswith("Undo:")]
