"""Coloured chips for the classes of a target, one of them selected."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy, QToolButton, QWidget

from flowlab.core.document.classes import class_name
from flowlab.scene.base.colours import class_colour
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.icons import current_theme

COLUMNS, DOT = 4, 4.5
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Chip(QToolButton):
    """A class: its number, and a dot in its particles' colour."""

    def __init__(self, label: int) -> None:
        super().__init__()
        self.label, name = label, class_name(label)
        self.setText(name)
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
        self.group = QButtonGroup(self)
        self.group.idClicked.connect(self.chosen)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)

    def show_classes(self, classes: tuple[int, ...], chosen: int) -> None:
        """Show these classes and select one."""
        if classes != tuple(self.chips):
            self._renew(classes)
        if chosen in self.chips:
            self.chips[chosen].setChecked(True)

    def _renew(self, classes: tuple[int, ...]) -> None:
        for chip in self.chips.values():
            self.group.removeButton(chip)
            self._grid.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = {label: Chip(label) for label in classes}
        for rank, (label, chip) in enumerate(self.chips.items()):
            self.group.addButton(chip, label)
            self._grid.addWidget(chip, rank // COLUMNS, rank % COLUMNS)
