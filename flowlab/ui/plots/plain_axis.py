"""An axis with a few round numbers: pyqtgraph's own takes half a frame to draw."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from flowlab.scene.base.style import FONT_SMALL
from flowlab.ui.base.theme import font
from flowlab.ui.base.ticks import short, ticks

__all__ = ["PlainAxis", "short", "ticks"]

WIDTH, HEIGHT, TICK = 38, 20, 4  # px: room for the numbers, length of a tick


class PlainAxis(pg.AxisItem):
    """At the left or at the bottom; on a `log` axis the values are decimal logarithms."""

    def __init__(self, orientation: str) -> None:
        self.log = False
        self.line, self.words = QColor(), QColor()
        super().__init__(orientation)
        if orientation == "left":
            self.setWidth(WIDTH)
        else:
            self.setHeight(HEIGHT)

    def set_colours(self, line: QColor, words: QColor) -> None:
        """Of the ticks and of the numbers."""
        self.line, self.words = line, words
        self.update()

    def setRange(self, mn: float, mx: float) -> None:  # pyqtgraph's name
        """What part of the values is seen; the numbers follow."""
        self.range = [mn, mx]
        self.update()

    def boundingRect(self) -> QRectF:  # Qt's name
        """No more than the place it was given."""
        return QRectF(self.mapRectFromParent(self.geometry()))

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:  # noqa: ARG002
        """The line, the ticks, the numbers."""
        upright, box = self.orientation == "left", self.boundingRect()
        painter.setFont(font(FONT_SMALL))
        painter.setPen(QPen(self.line, 1))
        painter.drawLine(*((box.topRight(), box.bottomRight()) if upright else
                           (box.topLeft(), box.topRight())))  # fmt: skip
        low, high = self.range
        for value, words in ticks(low, high, 4, log=self.log):
            share = (value - low) / (high - low)
            half = painter.fontMetrics().horizontalAdvance(words) / 2 + 2
            if upright:
                at = QPointF(box.right(), box.bottom() - share * box.height())
                end, place = at - QPointF(TICK, 0), QRectF(0, at.y() - 8, WIDTH - TICK - 3, 16)
                side = Qt.AlignmentFlag.AlignRight
            else:
                at = QPointF(box.left() + share * box.width(), box.top())
                end, place = (
                    at + QPointF(0, TICK),
                    QRectF(at.x() - half, TICK, 2 * half, HEIGHT - TICK),
                )
                side = Qt.AlignmentFlag.AlignHCenter
            painter.setPen(QPen(self.line, 1))
            painter.drawLine(at, end)
            if place.right() <= box.right() + 2 and place.top() >= box.top():
                painter.setPen(self.words)
                painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, words)
