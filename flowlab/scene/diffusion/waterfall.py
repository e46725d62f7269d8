"""Terms that add up to a sum, as bars one below the other: each begins where the last one ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from flowlab.scene.base.box import Box
from flowlab.scene.base.colours import over
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.ground import grid_step
from flowlab.scene.furniture.time_axes import MINUS, title_font

WORDS, FOOT = 20.0, 40.0  # height of a bar's words, and of the numbers below all bars
THICK, ROW = 34.0, 110.0  # of a bar, and of a row at most
ROOM = 0.06  # of the width, on each side
STEP = 62.0  # least distance of numbers
WHISKER = 5.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One term or sum, in nats."""

    title: str
    value: str  # in words, with its error
    start: float  # where it begins: 0, or where the term before has ended
    end: float
    colour: Colour
    error: float = 0.0  # standard error of its end
    leads: bool = True  # False if the bar below doesn't begin where this one ends


def span_of(bars: Sequence[Bar]) -> tuple[float, float]:
    """Lowest and highest value that a picture of the bars has room for: zero is among them."""
    ends = [0.0]
    for bar in bars:
        error = bar.error if math.isfinite(bar.error) else 0.0
        ends += [bar.start, bar.end - error, bar.end + error]
    low, high = min(ends), max(ends)
    edge = ROOM * max(high - low, 1e-6)
    return low - edge, high + edge


@dataclass(frozen=True)
class _Sheet:
    """Where bars lie in their box."""

    box: Box
    low: float
    high: float
    row: float
    thick: float

    def x(self, value: float) -> float:
        """The pixel across of a value."""
        return self.box.x + self.box.width * (value - self.low) / (self.high - self.low)

    def top(self, k: int) -> float:
        """The upper end of the k-th bar, below its words."""
        return self.box.y + k * self.row + WORDS


def paint_bars(painter: QPainter, stage: Stage, box: Box, bars: Sequence[Bar]) -> None:
    """Draw all bars in a box, each below its words, and an axis in nats below all of them."""
    row = min(ROW, (box.height - FOOT) / max(1, len(bars)))
    sheet = _Sheet(box, *span_of(bars), row, min(THICK, max(3.0, row - WORDS - 5.0)))
    painter.save()
    painter.setFont(title_font())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_axis(painter, stage, sheet, sheet.box.y + row * len(bars))
    for k, bar in enumerate(bars):
        _paint_words(painter, stage, sheet, k, bar)
        _paint_bar(painter, stage, sheet, k, bar)
        if bar.leads and k + 1 < len(bars):
            x, foot = sheet.x(bar.end), sheet.top(k) + sheet.thick
            painter.setPen(stage.pen(stage.theme.dim, 1.0, 1.2))
            painter.drawLine(QLineF(x, foot, x, sheet.top(k + 1)))
    painter.restore()


def _paint_axis(painter: QPainter, stage: Stage, sheet: _Sheet, foot: float) -> None:
    """Lines at round values, the one at zero heavier, and their numbers."""
    metrics, box = QFontMetricsF(painter.font()), sheet.box
    step = grid_step(STEP * (sheet.high - sheet.low) / box.width)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    for k in range(math.ceil(sheet.low / step), math.floor(sheet.high / step) + 1):
        x = sheet.x(k * step)
        heavy = k == 0
        colour = stage.theme.dim if heavy else over(stage.theme, stage.theme.line, 0.8)
        painter.setPen(stage.pen(colour, 1.0, 1.4 if heavy else 1.0))
        painter.drawLine(QLineF(x, box.y + WORDS - 4, x, foot + 2))
        text = f"{k * step + 0.0:,.{places}f}".replace("-", MINUS)
        painter.setPen(rgba(stage.theme.dim))
        painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, foot + 17), text)
    painter.setPen(rgba(stage.theme.text))
    painter.drawText(QPointF(box.x, foot + 35), "nats")


def _paint_words(painter: QPainter, stage: Stage, sheet: _Sheet, k: int, bar: Bar) -> None:
    """What a bar is at the left, and its value at the right, above it."""
    metrics, box, base = QFontMetricsF(painter.font()), sheet.box, sheet.top(k) - 5
    wide = metrics.horizontalAdvance(bar.value)
    name = metrics.elidedText(bar.title, Qt.TextElideMode.ElideRight, box.width - wide - 10)
    ground = rgba(stage.theme.canvas)
    for x, text in ((box.x, name), (box.x + box.width - wide, bar.value)):
        across = metrics.horizontalAdvance(text)
        painter.fillRect(QRectF(x - 2, base - metrics.ascent(), across + 4, WORDS - 3), ground)
        painter.setPen(rgba(stage.theme.text))
        painter.drawText(QPointF(x, base), text)


def _paint_bar(painter: QPainter, stage: Stage, sheet: _Sheet, k: int, bar: Bar) -> None:
    """A bar from its start to its end, with a whisker of a standard error to both sides."""
    left, right = sorted((sheet.x(bar.start), sheet.x(bar.end)))
    top, middle = sheet.top(k), sheet.top(k) + sheet.thick / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(bar.colour, 0.85))
    painter.drawRect(QRectF(left, top, max(right - left, 1.5), sheet.thick))
    if math.isfinite(bar.error) and bar.error > 0:
        low, high = sheet.x(bar.end - bar.error), sheet.x(bar.end + bar.error)
        painter.setPen(stage.pen(stage.theme.text, 1.0, 1.6))
        painter.drawLine(QLineF(low, middle, high, middle))
        for x in (low, high):
            painter.drawLine(QLineF(x, middle - WHISKER, x, middle + WHISKER))
