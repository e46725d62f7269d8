"""The slider of training time: a tick for each stored moment, a handle at the current one."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.scene.base.style import DARK
from flowlab.ui.shell.look_back import Moment, Timeline, places, step_words

MARGIN, RADIUS, TRACK = 12, 6, 3  # px: ends of the track, as in the slider of t; handle; thickness
KNEE = 8  # steps below which the scale is nearly linear; above, it is logarithmic


class TrainingSlider(QWidget):
    """Drag to see the flow at earlier steps, from the first stored one at the left end to now."""

    sought = Signal(object)  # a stored step, or None: now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line, self.theme = Timeline(), DARK
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(160)
        self.setAccessibleName("Training time, up to now")
        self.setEnabled(False)

    def sizeHint(self) -> QSize:  # Qt's name
        """Return a thin row."""
        return QSize(480, 22)

    def show_line(self, line: Timeline) -> None:
        """Show these ticks and this handle."""
        self.line = line
        movable = len(places(line)) > 1
        self.setEnabled(movable and not line.idle)
        self.setToolTip(
            f"Drag to see the flow as it was earlier in training, back to {step_words(line.first)};"
            " double click for now. Shift+Left and Shift+Right step."
            if movable
            else "Train: then you can drag back to see the flow as it was."
        )
        self.update()

    def x_of(self, moment: Moment) -> float:
        """Return the pixel column of a step, or of now."""
        first, newest = self.line.first, self.line.newest
        step = newest if moment is None else min(max(moment, first), newest)
        start, end = _depth(first), _depth(newest)
        share = (_depth(step) - start) / (end - start) if end > start else 1.0
        return MARGIN + share * (self.width() - 2 * MARGIN)

    def moment_at(self, x: float) -> Moment:
        """Return the stored moment nearest to a pixel column; None for now."""
        return min(places(self.line), key=lambda moment: abs(self.x_of(moment) - x))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw track, ticks, the pinned moment, and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        self._paint_track(painter, middle, self.width() - MARGIN, self.theme.line)
        if not self.isEnabled():
            return
        x = self.x_of(self.line.step)
        self._paint_track(painter, middle, x, self.theme.learned)
        self._paint_ticks(painter, middle)
        if self.line.pinned is not None:
            self._paint_pin(painter, middle, self.x_of(self.line.pinned))
        ring, fill = self.theme.canvas, self.theme.learned
        if self.line.step is not None:
            ring, fill = self.theme.learned, self.theme.particle
        painter.setPen(QPen(QColor(*ring), 2))
        painter.setBrush(QColor(*fill))
        painter.drawEllipse(QPointF(x, middle), RADIUS, RADIUS)

    def _paint_track(
        self, painter: QPainter, middle: float, to: float, colour: tuple[int, int, int]
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*colour))
        track = QRectF(MARGIN, middle - TRACK / 2, to - MARGIN, TRACK)
        painter.drawRoundedRect(track, TRACK / 2, TRACK / 2)

    def _paint_ticks(self, painter: QPainter, middle: float) -> None:
        painter.setPen(QPen(QColor(*self.theme.dim), 1))
        for moment in places(self.line):
            x = self.x_of(moment)
            painter.drawLine(QPointF(x, middle + 5), QPointF(x, middle + 8))

    def _paint_pin(self, painter: QPainter, middle: float, x: float) -> None:
        """Draw a wedge above the track."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*self.theme.particle))
        corners = [(x - 4, middle - 9), (x + 4, middle - 9), (x, middle - 3)]
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))

    # gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Seek to the pressed place."""
        self.sought.emit(self.moment_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Seek to the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.sought.emit(self.moment_at(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002  # Qt's name
        """Seek to now."""
        self.sought.emit(None)


def _depth(step: int) -> float:
    """Where a step lies on the scale, whose stored moments are about even in log step."""
    return math.log1p(step / KNEE)
