"""The list of keys: made from what makes them work, complete, and searchable."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from flowlab.ui.plots.plot import STEPS
from flowlab.ui.shell.key_table import table
from flowlab.ui.shell.keys_window import SIZE, KeysWindow, balanced, short
from flowlab.ui.shell.window import Window
from flowlab.ui.tools.pencil import Pencil
from tests.helpers.events import settle

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


# A screen's size less the title bar of a window and the bars of the desktop.
@pytest.mark.parametrize("size", [(1240, 640), (1000, 672), (1880, 640)])
def test_all_of_it_fits_a_small_screen(keys_window: KeysWindow, size: tuple[int, int]) -> None:
    keys_window.start()
    keys_window.resize(*size)
    settle()
    assert (keys_window.width(), keys_window.height()) == size
    bar = keys_window.findChild(QScrollArea).verticalScrollBar()
    assert bar.maximum() == 0
    inside = keys_window.rect()
    for group in keys_window.groups:
        for _, labels in group.rows:
            for label in labels:
                corner = label.mapTo(keys_window, label.rect().bottomRight())
                assert inside.contains(corner), label.text()
                assert label.height() >= label.heightForWidth(label.width())
    keys_window.close()


def test_its_own_size_is_one_of_those() -> None:
    assert SIZE == (1240, 640)


@pytest.mark.parametrize(
    ("heights", "columns", "ends"),
    [
        ([3, 3, 3], 3, [(0, 1), (1, 2), (2, 3)]),
        ([9, 1, 1, 1], 2, [(0, 1), (1, 4)]),
        ([1, 1, 1, 9], 2, [(0, 3), (3, 4)]),
        ([4], 2, [(0, 0), (0, 1)]),
    ],
)
def test_columns_are_as_even_as_their_order_allows(
    heights: list[int], columns: int, ends: list[tuple[int, int]]
) -> None:
    assert balanced(heights, columns) == ends


def test_keys_with_the_same_modifiers_name_them_once() -> None:
    assert short("Ctrl+Left  Ctrl+Right") == "Ctrl+Left, Right"
    assert short("Ctrl++  Ctrl+=  Ctrl+-") == "Ctrl++, =, -"
    assert short("Ctrl+Shift+Z  Ctrl+Y") == "Ctrl+Shift+Z  Ctrl+Y"
    assert short("Home  End") == "Home  End"
    assert short("+  −") == "+  −"


def test_typed_words_filter_it(keys_window: KeysWindow) -> None:
    keys_window.start()
    keys_window.line.setText("brush larger")
    assert len(shown(keys_window)) == 1
    assert all("larger brush" in words for words in shown(keys_window))
    keys_window.line.setText("qqq")
    assert not shown(keys_window)
    assert keys_window.nothing.isVisible()
    keys_window.line.setText("training")
    assert len(shown(keys_window)) >= 5  # by the name of the group too
    keys_window.start()
    assert keys_window.line.text() == ""
    keys_window.close()


def test_undo_is_called_undo_whatever_it_would_undo(still_window: Window) -> None:
    still_window.room.swap_ends()
    texts = [action.text() for action in still_window.actions()]
    assert "Undo: swap source and target" in texts
    words = [
        row.words for rows in table(still_window.findChildren(QAction)).values() for row in rows
    ]
    assert {"Undo", "Redo"} <= set(words)
    assert not [each for each in words if each.startswith("Undo:")]


def test_it_names_the_gestures_on_curves_the_cell_and_the_noise_level(
    keys_window: KeysWindow,
) -> None:
    words = " ".join(row.words for row in keys_window.table["Curves"])
    assert all(thing in words for thing in ("Put a curve down", "ring", "head", "cell", "corners"))
    assert any("Noise level: add, move" in row.words for row in keys_window.table["Plots"])
