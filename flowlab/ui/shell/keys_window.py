"""The window that lists all keys and gestures, in groups, with a search line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
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

SIZE = (1240, 640)  # fits a screen of 1280 x 720 with its bars
EDGE = 24  # px of the screen that stay free around it
COLUMN, GAP, AROUND, KEYS_WIDTH = (
    285,
    22,
    36,
    66,
)  # px: the narrowest column, between two, beside all, of its keys
MOST_COLUMNS = 5
BEFORE_GROUP = 4  # px
CONTROLS = (DialogControl("line", "Search keys and gestures", also="shortcuts, hotkeys"),)
NOTHING = "No key or gesture has these words"


class Group(QWidget):
    """A heading and its rows: keys at the left, words at the right."""

    def __init__(self, title: str, rows: Sequence[KeyRow]) -> None:
        super().__init__()
        self.title = title
        self.rows: list[tuple[KeyRow, tuple[QLabel, QLabel]]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, BEFORE_GROUP)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, KEYS_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(heading(title), 0, 0, 1, 2)
        for i, row in enumerate(rows, 1):
            keys, words = QLabel(short(row.keys)), QLabel(row.words)
            keys.setProperty("role", "key")
            keys.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            words.setProperty("role", "figure")
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
            for label in (keys, words):
                label.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(keys, i, 0)
            grid.addWidget(words, i, 1)
            self.rows.append((row, (keys, words)))

    def height_at(self, width: int) -> int:
        """Return how high it is in a column of this width."""
        for _, labels in self.rows:
            for label in labels:
                label.ensurePolished()
        layout = self.layout()
        assert layout is not None
        return layout.heightForWidth(width)

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
        free = self.screen().availableSize()
        wide, high = min(SIZE[0], free.width() - EDGE), min(SIZE[1], free.height() - 2 * EDGE)
        self._columns = [QVBoxLayout() for _ in range(MOST_COLUMNS)]
        self._lay_out()
        self.line.textChanged.connect(self.filter)
        self.resize(wide, high)

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        area = scrolling(inner)
        area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        row = self._row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(GAP)
        for group_column in self._columns:
            group_column.setSpacing(0)
            row.addLayout(group_column, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 10, 6, 4)
        column.setSpacing(6)
        column.addWidget(self.line)
        column.addWidget(self.nothing)
        column.addWidget(area, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Arrange the groups in as many columns as there is room for."""
        super().resizeEvent(event)
        count = max(1, min(MOST_COLUMNS, self.width() // (COLUMN + GAP)))
        wide = (self.width() - AROUND) // count - GAP
        ends = balanced([group.height_at(wide) for group in self.groups], count)
        for k, column in enumerate(self._columns):
            self._row.setStretch(k, int(k < count))
            while column.count():
                column.takeAt(0)
        for column, (first, last) in zip(self._columns, ends, strict=False):
            for group in self.groups[first:last]:
                column.addWidget(group)
            column.addStretch(1)

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


def short(keys: str) -> str:
    """Keys with the same modifiers name these once: "Ctrl+Left, Right"."""
    first, *others = keys.split("  ")
    held = first[: first[:-1].rfind("+") + 1]
    if not held or not all(key[: key[:-1].rfind("+") + 1] == held for key in others):
        return keys
    return ", ".join([first, *(key.removeprefix(held) for key in others)])


def balanced(heights: Sequence[int], columns: int) -> list[tuple[int, int]]:
    """From where to where each column goes, so that the highest one is as low as it can be."""
    # For the first k parts: the highest column, and where each column ends.
    best = [sum(heights[:k]) for k in range(len(heights) + 1)]
    ends = [[k] for k in range(len(heights) + 1)]
    for _ in range(columns - 1):
        now = []
        for k in range(len(heights) + 1):
            highest, at = min((max(best[j], sum(heights[j:k])), j) for j in range(k + 1))
            now.append((highest, [*ends[at], k]))
        best, ends = [each[0] for each in now], [each[1] for each in now]
    return list(pairwise([0, *ends[-1]]))
