"""How the drawing tools are arranged: in two rows, or in more where the canvas is narrow."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QPushButton, QWidget

Cell = tuple[str, ...]  # names of widgets, side by side; the last ones lie at the right
Arrangement = tuple[tuple[Cell, ...], ...]

NARROW: Arrangement = (
    (("tools",),),
    (("swatches",),),
    (("mirror",),),
    (("size",),),
    (("strength",),),
)
ARRANGEMENTS: tuple[Arrangement, ...] = (  # the widest first
    (
        (("title", "swatches"), ("size",), ("clear",)),
        (("tools", "mirror"), ("strength",), ("done",)),
    ),
    ((("title", "swatches", "clear", "done"),), (("tools", "mirror"),), (("size", "strength"),)),
    ((("title", "clear", "done"),), *NARROW),
    ((("title",),), (("clear", "done"),), *NARROW),
)
SPACING, APART = 6, 14  # px between widgets of a cell, and between cells


def arrange(grid: QGridLayout, widgets: Mapping[str, QWidget], arrangement: Arrangement) -> None:
    """Put the widgets into the grid, which loses what it had."""
    _empty(grid)
    for row, cells in enumerate(arrangement):
        for column, names in enumerate(cells):
            grid.addLayout(_cell([widgets[name] for name in names]), row, column)


def rows_of(arrangement: Arrangement) -> tuple[int, int]:
    """The number of rows and of columns."""
    return len(arrangement), max(map(len, arrangement))


def _cell(widgets: list[QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACING)
    for k, widget in enumerate(widgets):
        if k == 1:
            row.addStretch(1)
        row.addWidget(widget)
    if len(widgets) == 1 and not isinstance(widgets[0], QPushButton):
        row.addStretch(1)
    return row


def _empty(layout: QLayout) -> None:
    """Take everything out; the widgets stay, their layouts go."""
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        if inner is not None:
            _empty(inner)
            inner.deleteLater()
