"""An axis with a few round numbers: pyqtgraph's own takes half a frame to draw."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from flowlab.scene.style import FONT_SMALL
from flowlab.ui.theme import font

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


def ticks(low: float, high: float, most: int, *, log: bool = False) -> list[tuple[float, str]]:
    """At most about `most` round places between low and high, with the words for them."""
    if not high > low:
        return []
    if log and high - low > 0.4:
        values = [m * 10.0**e for e in range(math.floor(low), math.ceil(high)) for m in (1, 2, 5)]
        if high - low > 1.5:
            values = [v for v in values if _digit(v) == "1"]
        found = [(math.log10(v), v) for v in values if low <= math.log10(v) <= high]
        return [(place, short(v)) for place, v in found[:: max(1, math.ceil(len(found) / most))]]
    shown = (10.0**low, 10.0**high) if log else (low, high)
    step = _round_step((shown[1] - shown[0]) / most)
    first = math.ceil(shown[0] / step)
    values = [i * step for i in range(first, math.floor(shown[1] / step) + 1)]
    return [(math.log10(v) if log else v, short(v)) for v in values if v > 0 or not log]


def short(value: float) -> str:
    """As few characters as say it: 12k, 1.5M, 0.05, 2e-4."""
    for unit, word in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.3g}{word}"
    if value and abs(value) < 1e-2:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.3g}"


def _digit(value: float) -> str:
    return f"{value:.0e}"[0]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(m for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9)) * power
