"""An editor for short tables of numbers: corners, means, covariances, weights."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
)

from flowlab.core.document.limits import Invalid
from flowlab.core.written_numbers import Limits, parse, parse_list
from flowlab.ui.base.controls import KeyKeeper, NameLabel
from flowlab.ui.base.hint import say
from flowlab.ui.base.icons import set_icon
from flowlab.ui.base.notation import notation
from flowlab.ui.forms.fields import Field

HEADERS = {1: ("value",), 2: ("x", "y"), 3: ("xx", "xy", "yy")}
ROW_HEIGHT, VISIBLE_ROWS = 22, 6


class Cells(QTableWidget):
    """The grid of numbers; a block copied from a spreadsheet can be pasted."""

    pasted = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Paste a block of numbers as the whole table."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QApplication.clipboard().text())
        else:
            super().keyPressEvent(event)


class TableField(Field):
    """A table of numbers with buttons to add and remove rows."""

    row_added = Signal()
    row_removed = Signal(int)

    def __init__(self, spec: dataclasses.Field[Any], *, starts_over: bool = False) -> None:
        super().__init__(spec, starts_over=starts_over)
        self.flat = not isinstance(self.default[0], tuple)
        self.width_ = 1 if self.flat else len(self.default[0])
        self.fixed = str(spec.type).startswith("tuple[") and "..." not in str(spec.type)
        self.cells = Cells(0, self.width_)
        self._value: Any = None
        self._prepare()
        self.add, self.remove = self._button("plus", "Add"), self._button("minus", "Remove")
        self._lay_out()
        self.cells.cellChanged.connect(self._edited)
        self.cells.pasted.connect(self._pasted)
        self.add.clicked.connect(self.row_added)
        self.remove.clicked.connect(lambda: self.row_removed.emit(self.current_row()))

    def _prepare(self) -> None:
        self._name(self.cells)
        KeyKeeper(self.cells)
        columns = self.spec.metadata["columns"] or HEADERS.get(self.width_, ())
        self.cells.setHorizontalHeaderLabels(columns)
        self.cells.horizontalHeader().setVisible(self.width_ > 1)
        self.cells.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.cells.horizontalHeader().setMinimumSectionSize(24)
        self.cells.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.cells.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        self.cells.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cells.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.cells.setTabKeyNavigation(False)  # Tab leaves the table; arrows move inside it

    def _button(self, icon: str, verb: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "quiet")
        set_icon(button, icon)
        button.setToolTip(f"{verb} a row")
        button.setAccessibleName(f"{self.title}: {verb.lower()} a row")
        if self.fixed:
            button.hide()
        return button

    def _lay_out(self) -> None:
        self.label = NameLabel(self.title, self.cells, self._tip())
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setSpacing(2)
        grid.addWidget(self.label, 0, 0)
        grid.addLayout(buttons, 0, 1)
        grid.addWidget(self.cells, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.label.reset.connect(self._reset)

    def current_row(self) -> int:
        """Return the row that Remove removes: the selected one, or the last."""
        row = self.cells.currentRow()
        return row if row >= 0 else self.cells.rowCount() - 1

    def show_value(self, value: Any) -> None:
        """Show `value` without a signal."""
        if value == self._value:
            return
        self._value = value
        rows = [(row,) if self.flat else row for row in value]
        self.cells.blockSignals(True)
        self.cells.setRowCount(len(rows))
        for i, row in enumerate(rows):
            for j, number in enumerate(row):
                self._put(i, j, number)
        self.cells.blockSignals(False)
        self._fit()

    def _put(self, i: int, j: int, number: float) -> None:
        item = QTableWidgetItem(f"{number:.4g}")
        item.setData(Qt.ItemDataRole.UserRole, (item.text(), float(number)))
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.cells.setItem(i, j, item)

    def _fit(self) -> None:
        header = self.cells.horizontalHeader().sizeHint().height() if self.width_ > 1 else 0
        rows = max(1, min(self.cells.rowCount(), VISIBLE_ROWS))
        self.cells.setFixedHeight(rows * ROW_HEIGHT + header + 2)
        self.cells.verticalHeader().setFixedWidth(
            self.fontMetrics().horizontalAdvance(str(self.cells.rowCount())) + 10
        )

    def rows(self) -> Any:
        """Return the numbers as in the document; raises `Invalid` with the invalid cell's place."""
        width = range(self.width_)
        read = [tuple(self._cell(i, j) for j in width) for i in range(self.cells.rowCount())]
        return tuple(row[0] for row in read) if self.flat else tuple(read)

    def _cell(self, i: int, j: int) -> float:
        item = self.cells.item(i, j)
        text = item.text().strip() if item else ""
        written, exact = (item.data(Qt.ItemDataRole.UserRole) if item else None) or ("", 0.0)
        if item is not None and text == written:
            return float(exact)
        try:
            return parse(text, Limits(), notation())
        except Invalid:
            raise Invalid(f"{self.title}, row {i + 1}: {text!r} is not a number.") from None

    def set_rows(self, value: Any) -> None:
        """Show other rows as an edit that the form has to accept."""
        self.show_value(value)

    def _edited(self) -> None:
        self._value = None
        self.changed.emit(self.rows)
        self.settled.emit()

    def _pasted(self, text: str) -> None:
        """Take a block of numbers as the whole table, or say why not."""
        try:
            read = [self._line(line) for line in text.splitlines() if line.strip()]
        except Invalid as error:
            say(self.cells, f"{error} The table stays as it was.")
            return
        if self.fixed or not read or any(len(row) != self.width_ for row in read):
            say(self.cells, self._wanted())
            return
        self.set_rows(tuple(row[0] for row in read) if self.flat else tuple(read))
        self._edited()

    def _line(self, line: str) -> tuple[float, ...]:
        if self.flat:
            return (parse(line, Limits(), notation()),)
        return parse_list(line, Limits(), notation())

    def _wanted(self) -> str:
        if self.fixed:
            return "This table has a fixed number of rows: type its cells one by one."
        each = "one number" if self.flat else f"{self.width_} numbers"
        return f"The table stays as it was: paste lines of {each}."
