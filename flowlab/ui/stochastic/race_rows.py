"""A row for each lane of the race: its key in the charts, its name and a figure."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QLineF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from flowlab.core.stochastic.race.results import LANES
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.scene.base.style import DARK, Theme
from flowlab.scene.stochastic.race import INKS
from flowlab.ui.base.elided import ElidedLabel
from flowlab.ui.base.theme import colour
from flowlab.ui.room.figures import NONE

_WIDE, _HIGH = 18, 12  # px of a key


class Key(QWidget):
    """A piece of a lane's curve: dashed for an SDE."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.method, self.theme = method, DARK
        self.setFixedSize(QSize(_WIDE, _HIGH))

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the piece."""
        dashed = Qt.PenStyle.DashLine if self.method in SDE_METHODS else Qt.PenStyle.SolidLine
        painter = QPainter(self)
        painter.setPen(QPen(colour(getattr(self.theme, INKS[self.method])), 2.0, dashed))
        painter.drawLine(QLineF(0, _HIGH / 2, _WIDE, _HIGH / 2))


class LaneRows(QWidget):
    """Keys and names at the left, figures at the right."""

    def __init__(self, methods: tuple[str, ...], what: str, tip: str) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        self._keys: list[Key] = []
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._tip = tip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for method in methods:
            column.addLayout(self._row(method, what))

    def _row(self, method: str, what: str) -> QHBoxLayout:
        key, value = Key(method), QLabel(NONE)
        name = ElidedLabel(LANES[method], self._tip)
        name.setProperty("role", "dim")
        value.setProperty("role", "value")
        value.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setAccessibleName(f"{what}, {LANES[method]}")
        value.setToolTip(self._tip)
        self._keys.append(key)
        self._rows[method] = key, name, value
        self.values[method] = value
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(key)
        row.addWidget(name)
        row.addWidget(value, 1)
        return row

    def show_values(self, texts: dict[str, str]) -> None:
        """Show these figures by lane, a dash for the others."""
        for method, label in self.values.items():
            label.setText(texts.get(method, NONE))

    def show_rows(self, methods: Collection[str]) -> None:
        """Hide the rows of the lanes that aren't there."""
        for method, row in self._rows.items():
            for widget in row:
                widget.setVisible(method in methods)

    def explain(self, tip: str) -> None:
        """Say in a tooltip what the figures are."""
        for label in self.values.values():
            label.setToolTip(tip)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        for key in self._keys:
            key.set_theme(theme)
