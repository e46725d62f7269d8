"""The surroundings of a plot's curves: the grid, its numbers, the title and the legend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from flowlab.scene.base.style import FONT_SMALL
from flowlab.ui.base.theme import colour, font
from flowlab.ui.plots.series import pen_of

if TYPE_CHECKING:
    from flowlab.ui.plots.contract import Painted
    from flowlab.ui.plots.curve import Curve

DOT, KEY, GAP, LEAST_GAP = 3.0, 13.0, 12.0, 4.0  # px: size of a symbol, space between names
SQUEEZE = 0.75  # narrowest text of a label
LINE = 16.0  # px, height of a line of the legend
Align = Qt.AlignmentFlag


class Axes(QGraphicsItem):
    """Axes painted below the curves; pyqtgraph's own take half a frame to draw."""

    def __init__(self, plot: Painted) -> None:
        super().__init__()
        self.plot = plot
        self.setZValue(-200)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.cache(True)

    def cache(self, on: bool) -> None:
        """Turn caching of the picture on, or off while a file needs its text as text."""
        mode = QGraphicsItem.CacheMode
        self.setCacheMode(mode.DeviceCoordinateCache if on else mode.NoCache)

    def resized(self) -> None:
        """Follow a change of the plot's size."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:  # Qt's name
        """Return the rectangle of the whole plot."""
        return QRectF(self.plot.rect())

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:  # noqa: ARG002
        """Draw the axes, or an explanation if there is nothing to draw."""
        plot = self.plot
        painter.setFont(font(FONT_SMALL))
        if not plot.curves:
            painter.setPen(colour(plot.theme.dim))
            flags = Align.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.boundingRect().adjusted(10, 4, -10, -4), flags, plot.invitation)
        else:
            self._paint_upright(painter)
            self._paint_level(painter)
            self._paint_names(painter)
        if plot.framed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(plot.theme.learned), 1))
            painter.drawRect(self.boundingRect().adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_upright(self, painter: QPainter) -> None:
        """Draw horizontal grid lines with their values at the left."""
        plot, box = self.plot, self.plot.box()
        low, high = plot.view_box.viewRange()[1]
        for place, words in plot.upright_ticks(low, high):
            y = box.bottom() - (place - low) / (high - low) * box.height()
            painter.setPen(QPen(colour(plot.theme.line), 1))
            painter.drawLine(QLineF(box.left(), y, box.right(), y))
            painter.setPen(colour(plot.theme.dim))
            self._paint_height(painter, y, words)

    def _paint_height(self, painter: QPainter, y: float, words: str) -> None:
        """Draw a label left of the box, narrower if it is too long, then into the box."""
        room, wide = self.plot.box().left() - 5, painter.fontMetrics().horizontalAdvance(words)
        squeezed = min(1.0, max(SQUEEZE, (room - 1) / wide)) if wide and room > 1 else 1.0
        painter.save()
        painter.translate(max(room - wide * squeezed, 1.0), y)
        painter.scale(squeezed, 1.0)
        painter.drawText(QRectF(0, -8, wide + 2, 16), Align.AlignLeft | Align.AlignVCenter, words)
        painter.restore()

    def _paint_level(self, painter: QPainter) -> None:
        """Draw the values below, and the axis's name to their right or before its zero."""
        plot, box, metrics = self.plot, self.plot.box(), painter.fontMetrics()
        low, high = plot.view_box.viewRange()[0]
        painter.setPen(colour(plot.theme.dim))
        ticks = plot.level_ticks(low, high)
        short = bool(ticks) and ticks[0][1] == "0" and len(plot.across) == 1
        words = "" if short else plot.across
        below = QRectF(box.left(), box.bottom() + 3, box.width(), 14)
        painter.drawText(below, Align.AlignRight | Align.AlignVCenter, words)
        end = box.right() + 7 - (metrics.horizontalAdvance(words) + 13 if words else 0)
        for place, text in ticks:
            text = f"{plot.across} = 0" if short and text == "0" else text
            half = metrics.horizontalAdvance(text) / 2
            x = box.left() + (place - low) / (high - low) * box.width()
            x = max(x, half + 2)
            x = min(x, end - half) if x - 8 < end - half else x
            if x + half <= end:
                label = QRectF(x - half - 1, box.bottom() + 3, 2 * half + 2, 14)
                painter.drawText(label, Align.AlignCenter, text)

    def _paint_names(self, painter: QPainter) -> None:
        """Draw the title, and every curve's name in its colour."""
        if self.plot.legend:
            self.paint_legend(painter, math.inf)

    def paint_legend(self, painter: QPainter, width: float) -> None:
        """Draw the legend in lines of this width."""
        plot, metrics = self.plot, painter.fontMetrics()
        for curve, x, line in legend(plot, metrics, width):
            y = 14 + LINE * line
            if curve is None:
                painter.setPen(colour(plot.theme.text))
                painter.drawText(QPointF(x, y), plot.title)
            else:
                self._paint_key(painter, curve, x, y - 4)
                painter.drawText(QPointF(x + KEY + 5, y), curve.name)

    def _paint_key(self, painter: QPainter, curve: Curve, x: float, y: float) -> None:
        """Draw a short piece of the curve; its colour stays set for the name."""
        ink = colour(getattr(self.plot.theme, curve.ink))
        if curve.dotted:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(QPointF(x + KEY / 2, y), DOT, DOT)
        else:
            painter.setPen(pen_of(curve, ink))
            painter.drawLine(QPointF(x, y), QPointF(x + KEY, y))
        painter.setPen(ink)


def legend(
    plot: Painted, metrics: QFontMetrics, width: float = math.inf
) -> list[tuple[Curve | None, float, int]]:
    """The title, as None, and each named curve: with its place in a line, and its line."""
    named: list[tuple[Curve | None, float]] = [
        (curve, KEY + 5 + metrics.horizontalAdvance(curve.name))
        for curve in plot.curves
        if curve.name and curve.name != plot.title
    ]
    if plot.title:
        named.insert(0, (None, metrics.horizontalAdvance(plot.title)))
    placed: list[tuple[Curve | None, float, int]] = []
    x, line, gap = 8.0, 0, _gap([wide for _, wide in named], plot.rect().width() - 10)
    for curve, wide in named:
        if x > 8.0 and x + wide > width:
            x, line = 8.0, line + 1
        placed.append((curve, x, line))
        x += wide + gap
    return placed


def _gap(widths: list[float], room: float) -> float:
    """Pixels between names: fewer where they would not all fit on one line."""
    if len(widths) < 2:
        return GAP
    return min(GAP, max(LEAST_GAP, (room - sum(widths)) / (len(widths) - 1)))
