"""The switch between a room's views."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.views.rows import Room
from flowlab.ui.base.controls import KeyKeeper

COLUMNS = 3  # in the first row; each button is as wide as its word
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class ViewSwitch(QWidget):
    """Rows of buttons; the arrow keys move between them."""

    chosen = Signal(str)

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.setAccessibleName("View")
        self.setProperty("unlisted", True)  # the search box finds all views of all rooms
        self.group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        for i, view in enumerate(room.views):
            key, title = view.name, view.button or view.title
            button = self.buttons[key] = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setToolTip(view.tip)
            button.setAccessibleName(f"View: {title}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            KeyKeeper(button, ARROWS)
            button.clicked.connect(lambda _, key=key: self.chosen.emit(key))
            self.group.addButton(button)
            if i % COLUMNS == 0:
                row = QHBoxLayout()
                row.setSpacing(6)
                column.addLayout(row)
            row.addWidget(button)

    def show_choice(self, key: str) -> None:
        """Show which one is selected."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)
