"""Coloured chips for the classes of a target, one of them selected."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy, QToolButton, QWidget

from flowlab.core.document.classes import class_name
from flowlab.core.document.shapes import Shape
from flowlab.scene.base.colours import class_colour
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.icons import current_theme

COLUMNS, DOT = 4, 4.5
SHORT, LONGEST = 3, 13  # characters of a word: beside three others, and beside one
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Chip(QToolButton):
    """A class: its word or number, and a dot in its particles' colour."""

    def __init__(self, label: int, name: str) -> None:
        super().__init__()
        self.label = label
        self.setText(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")
        self.setCheckable(True)
        self.setToolTip(f"Class {name}")
        self.setAccessibleName(f"Class {name}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        KeyKeeper(self, ARROWS)

    def sizeHint(self) -> QSize:  # Qt's name
        """Return a size with space for the dot."""
        hint = super().sizeHint()
        return QSize(hint.width() + int(4 * DOT), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draw the button, with its dot at the left."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour())
        painter.drawEllipse(QPointF(3 * DOT, self.height() / 2), DOT, DOT)
        painter.end()

    def colour(self) -> QColor:
        """Return the scene's colour of the class, in dark or in light."""
        return QColor(*class_colour(current_theme(), self.label))


class ClassChips(QWidget):
    """Rows of chips; the arrow keys move between them."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Condition")
        self.chips: dict[int, Chip] = {}
        self._names: dict[int, str] = {}
        self.group = QButtonGroup(self)
        self.group.idClicked.connect(self.chosen)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)

    def show_classes(self, classes: tuple[int, ...], chosen: int, shape: Shape) -> None:
        """Show these classes, as `shape` calls them, and select one."""
        names = {label: class_name(label, shape) for label in classes}
        if names != self._names:
            self._renew(names)
        if chosen in self.chips:
            self.chips[chosen].setChecked(True)

    def _renew(self, names: dict[int, str]) -> None:
        for chip in self.chips.values():
            self.group.removeButton(chip)
            self._grid.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._names = names
        self.chips = {label: Chip(label, name) for label, name in names.items()}
        columns = COLUMNS if all(len(name) <= SHORT for name in names.values()) else 2
        for rank, (label, chip) in enumerate(self.chips.items()):
            self.group.addButton(chip, label)
            self._grid.addWidget(chip, rank // columns, rank % columns)
