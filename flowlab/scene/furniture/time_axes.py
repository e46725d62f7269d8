"""The axes of a picture with time across and one coordinate up, and a panel beside with the same.

They are laid out in logical pixels of a canvas, above which the keys of the picture have a row or
two, and below which there is room for the legend.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.box import Box
from flowlab.scene.base.colours import over
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import FONT_BODY
from flowlab.scene.furniture.ground import grid_step, small_font

LEFT, RIGHT, BOTTOM = 58.0, 18.0, 82.0  # free space around, for numbers and the legend
TITLE = 26.0  # height of the titles above the axes
APART = 20.0  # between the two panels
SIDE = 0.24, 84.0, 230.0  # width of the panel beside: share of the canvas, least and most
STEP = 52.0  # least distance of numbers
MINUS = "−"


@dataclass(frozen=True)
class TimeAxes:
    """Where time and coordinate lie on the canvas."""

    plot: Box
    side: Box  # the panel beside, with the same coordinate up
    low: float
    high: float

    @staticmethod
    def of(
        width: float,
        height: float,
        top: float,
        reach: tuple[float, float],
        *,
        marginal: bool = True,
        foot: float = 0.0,
    ) -> TimeAxes:
        """The axes on a canvas of this size, below keys of height `top`, for low and high.

        `foot` is what a caption of several lines takes beyond the room of one.
        """
        share, least, most = SIDE
        beside = min(max(share * width, least), most) if marginal else 0.0
        gap = APART if marginal else 0.0
        across = max(40.0, width - LEFT - RIGHT - beside - gap)
        y = top + TITLE
        deep = max(40.0, height - y - BOTTOM - foot)
        plot = Box(LEFT, y, across, deep)
        return TimeAxes(plot, Box(LEFT + across + gap, y, beside, deep), *reach)

    def x(self, t: Floats | float) -> Floats:
        """The pixel across of a time."""
        place: Floats = np.asarray(self.plot.x + self.plot.width * np.asarray(t))
        return place

    def y(self, value: Floats | float) -> Floats:
        """The pixel down of a coordinate."""
        share = (np.asarray(value) - self.low) / (self.high - self.low)
        place: Floats = np.asarray(self.plot.y + self.plot.height * (1 - share))
        return place

    def pixels(self, t: Floats, values: Floats) -> Floats:
        """The pixels (S, n, 2) of paths with coordinates (S, n) at times (S,)."""
        x = np.broadcast_to(self.x(t)[:, None], values.shape)
        return np.stack([x, self.y(values)], axis=-1).astype(np.float32)


def rect(box: Box) -> QRectF:
    """A box as Qt's rectangle."""
    return QRectF(box.x, box.y, box.width, box.height)


def title_font() -> QFont:
    """The font of titles and of numbers on axes, larger than words in the legend."""
    return small_font(FONT_BODY)


def paint_axes(painter: QPainter, stage: Stage, axes: TimeAxes, name: str) -> None:
    """Draw grid lines with their numbers, a frame, the letter t, and what the coordinate is."""
    painter.setFont(title_font())
    metrics = QFontMetricsF(painter.font())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, stage.vector)
    _across(painter, stage, axes, metrics)
    _up(painter, stage, axes, metrics)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.dim, 0.8))
    for box in (axes.plot, axes.side):
        if box.width:
            painter.drawRect(rect(box))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(rgba(stage.theme.text))
    base = axes.plot.y - 9
    painter.drawText(QPointF(axes.plot.x, base), name)
    label = QPointF(axes.plot.x + axes.plot.width / 2 - 3, axes.plot.y + axes.plot.height + 36)
    painter.drawText(label, "t")


def _across(painter: QPainter, stage: Stage, axes: TimeAxes, metrics: QFontMetricsF) -> None:
    plot, foot = axes.plot, axes.plot.y + axes.plot.height
    step = max(0.1, grid_step(STEP / plot.width))
    count = round(1 / step) if step <= 0.5 else 1
    for k in range(count + 1):
        t = k / count
        x = float(axes.x(t))
        _line(painter, stage, QLineF(x, plot.y, x, foot))
        text = f"{t:g}"
        painter.setPen(rgba(stage.theme.dim))
        painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, foot + 18), text)


def _up(painter: QPainter, stage: Stage, axes: TimeAxes, metrics: QFontMetricsF) -> None:
    plot = axes.plot
    step = grid_step(0.8 * STEP * (axes.high - axes.low) / plot.height)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    for k in range(math.ceil(axes.low / step), math.floor(axes.high / step) + 1):
        y = float(axes.y(k * step))
        _line(painter, stage, QLineF(plot.x, y, plot.x + plot.width, y))
        text = f"{k * step + 0.0:.{places}f}".replace("-", MINUS)
        painter.setPen(rgba(stage.theme.dim))
        left = plot.x - 8 - metrics.horizontalAdvance(text)
        painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)


def _line(painter: QPainter, stage: Stage, line: QLineF) -> None:
    painter.setPen(stage.pen(over(stage.theme, stage.theme.line, 0.8)))
    painter.drawLine(line)
