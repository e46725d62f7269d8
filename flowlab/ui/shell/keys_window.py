"""The window that lists all keys and gestures, in groups, with a search line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from flowlab.ui.base.dialog_controls import DialogControl
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.base.section import scrolling
from flowlab.ui.base.widgets import heading
from flowlab.ui.shell.key_table import Table, table

SIZE = (1120, 640)  # fits a screen of 1280 x 720 with its bars
EDGE = 24  # px of the screen that stay free around it
COLUMNS, KEYS_WIDTH = 3, 112
CONTROLS = (DialogControl("line", "Search keys and gestures", also="shortcuts, hotkeys"),)
NOTHING = "No key or gesture has these words"


class Group(QWidget):
    """A heading and its rows: keys at the left, words at the right."""

    def __init__(self, title: str, rows: Sequence[KeyRow]) -> None:
        super().__init__()
        self.title = title
        self.rows: list[tuple[KeyRow, tuple[QLabel, QLabel]]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 10)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnMinimumWidth(0, KEYS_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(heading(title), 0, 0, 1, 2)
        for i, row in enumerate(rows, 1):
            keys, words = QLabel(row.keys), QLabel(row.words)
            keys.setProperty("role", "key")
            keys.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            words.setWordWrap(True)
            for label in (keys, words):
                label.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(keys, i, 0)
            grid.addWidget(words, i, 1)
            self.rows.append((row, (keys, words)))

    def filter(self, typed: Sequence[str]) -> bool:
        """Show the rows that contain all these words; return True if there are any."""
        found = False
        for row, labels in self.rows:
            text = f"{self.title} {row.keys} {row.words}".casefold()
            fits = all(word in text for word in typed)
            found |= fits
            for label in labels:
                label.setVisible(fits)
        self.setVisible(found)
        return found


class KeysWindow(QDialog):
    """Lists the keys; it may stay open beside the work."""

    def __init__(self, window: QWidget, actions: Sequence[QAction]) -> None:
        super().__init__(window)
        self.setWindowTitle("Keys and gestures")
        self.table: Table = table(actions)
        self.groups = [Group(title, rows) for title, rows in self.table.items()]
        self.line = QLineEdit()
        self.line.setPlaceholderText("Search keys and gestures")
        self.line.setAccessibleName("Search keys and gestures")
        self.line.setClearButtonEnabled(True)
        self.nothing = QLabel(NOTHING)
        self.nothing.setProperty("role", "dim")
        self.nothing.hide()
        self._lay_out()
        self.line.textChanged.connect(self.filter)
        free = self.screen().availableSize()
        self.resize(min(SIZE[0], free.width() - EDGE), min(SIZE[1], free.height() - 2 * EDGE))

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        area = scrolling(inner)
        area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(28)
        for groups in balanced(self.groups):
            column = QVBoxLayout()
            column.setSpacing(2)
            for group in groups:
                column.addWidget(group)
            column.addStretch(1)
            row.addLayout(column, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 6, 12)
        column.setSpacing(12)
        column.addWidget(self.line)
        column.addWidget(self.nothing)
        column.addWidget(area, 1)

    def start(self) -> None:
        """Show the window with an empty search line that has the focus."""
        self.line.clear()
        self.show()
        self.raise_()
        self.activateWindow()
        self.line.setFocus()

    def filter(self, text: str) -> None:
        """Show only what contains every typed word."""
        typed = text.casefold().split()
        found = [group.filter(typed) for group in self.groups]
        self.nothing.setVisible(not any(found))


def balanced(groups: Sequence[Group]) -> list[list[Group]]:
    """The groups in order, in columns of about equal length."""
    sizes = [len(group.rows) + 2 for group in groups]
    columns: list[list[Group]] = [[] for _ in range(COLUMNS)]
    done = 0
    for group, size in zip(groups, sizes, strict=True):
        at = min(COLUMNS - 1, int(COLUMNS * (done + size / 2) / sum(sizes)))
        columns[at].append(group)
        done += size
    return columns
