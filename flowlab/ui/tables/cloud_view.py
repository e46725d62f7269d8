"""A small picture of a cloud of points in the colours of its classes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from flowlab.core.document.shapes import Points
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.style import THEMES
from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.theme import colour

MOST_SHOWN = 4000
MARGIN, DOT = 14, 2.4


class CloudView(QFrame):
    """Draws at most some thousand points, with equal axes, y upwards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("The cloud as it will look")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 200)
        self._xy = np.zeros((0, 2))
        self._labels: np.ndarray | None = None
        self._words = ""

    def sizeHint(self) -> QSize:  # Qt's name
        """Return a square."""
        return QSize(260, 260)

    def show_cloud(self, points: Points | None, words: str = "") -> None:
        """Show a cloud, or words in its place."""
        self._words, self._labels = words, None
        self._xy = np.zeros((0, 2))
        if points is not None:
            values = points.points.values
            step = max(1, -(-len(values) // MOST_SHOWN))
            self._xy = np.asarray(values[::step], np.float64)
            self._labels = None if points.labels is None else points.labels.values[::step]
        self.update()

    @property
    def shown(self) -> int:
        """How many points are drawn."""
        return len(self._xy)

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draw the points of one class after those of another."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = THEMES[current_theme().name]
        if not len(self._xy):
            painter.setPen(colour(theme.dim))
            inside = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, int(flags), self._words)
        at = self._placed()
        labels = np.zeros(len(at), int) if self._labels is None else self._labels
        for label in np.unique(labels):
            ink = colour(theme.target)
            if self._labels is not None:
                ink = QColor(*class_colour(theme, int(label)))
            pen = painter.pen()
            pen.setColor(ink)
            pen.setWidthF(DOT)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in at[labels == label].tolist()]))
        painter.end()

    def _placed(self) -> np.ndarray:
        """The points in pixels: the whole cloud as large as fits, with equal axes."""
        if not len(self._xy):
            return self._xy
        low, high = self._xy.min(axis=0), self._xy.max(axis=0)
        size = np.array([self.width(), self.height()]) - 2.0 * MARGIN
        extent = np.maximum(high - low, 1e-300)
        scale = (size / extent).min() if (high > low).any() else 1.0
        centred = (self._xy - low - (high - low) / 2) * scale * (1.0, -1.0)
        return centred + np.array([self.width(), self.height()]) / 2
