"""The first rows of a table, its chosen columns named and marked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from flowlab.files.tables.columns import Column
from flowlab.files.tables.table import Layout

ROWS = 8
WIDEST = 160  # pixels of a column
LONGEST = 60  # characters of a cell


class RowsView(QTableWidget):
    """Shows some rows; nothing in it can be changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("First rows of the file")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setMinimumHeight(24 * 5 + 30)

    def show_layout(self, layout: Layout) -> None:
        """Show the first rows as the layout understands them."""
        rows = layout.head.rows[:ROWS]
        columns = layout.columns
        self.setColumnCount(len(columns))
        self.setRowCount(len(rows))
        roles = _roles(layout)
        self.setHorizontalHeaderLabels([f"{_heading(c)}{roles.get(c.index, '')}" for c in columns])
        for i, row in enumerate(rows):
            for k, cell in enumerate(row):
                self.setItem(i, k, _item(cell, bold=k in roles, number=columns[k].numeric))
        self.resizeColumnsToContents()
        for k in range(len(columns)):
            self.setColumnWidth(k, min(WIDEST, self.columnWidth(k) + 8))


def _heading(column: Column) -> str:
    return column.title or column.name or str(column.index + 1)


def _roles(layout: Layout) -> dict[int, str]:
    """What follows the name of a chosen column."""
    roles = layout.roles
    if roles is None:
        return {}
    marks = {roles.x: " → x", roles.y: " → y"}
    return marks if roles.label is None else marks | {roles.label: " → class"}


def _item(cell: str, *, bold: bool, number: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(cell[:LONGEST])
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    font = QFont()
    font.setBold(bold)
    item.setFont(font)
    return item
