"""A log-log picture of cost, drawn with Qt on the offscreen platform."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from flowlab.bench.curves import slope
from flowlab.bench.report import figure
from flowlab.core.document.limits import Invalid
from flowlab.scene.base.headless import ensure_app

_WIDTH, _HEIGHT = 1200, 560
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 24, 56, 64
_INK, _FAINT, _DOT = QColor("#1f2430"), QColor("#d5d9e2"), QColor("#2f6fde")


@dataclass(frozen=True)
class Series:
    """Seconds against something that grows."""

    title: str
    x: Sequence[float]
    seconds: Sequence[float]


def draw(path: Path, series: Sequence[Series]) -> None:
    """Write the series side by side as a PNG; raises `Invalid` where the file can't be written."""
    ensure_app()
    image = QImage(_WIDTH, _HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = _WIDTH / len(series)
    for i, one in enumerate(series):
        _panel(painter, QRectF(i * width, 0, width, _HEIGHT), one)
    painter.end()
    if not image.save(str(path)):
        raise Invalid(f"The picture could not be written to {path}.")


def _panel(painter: QPainter, box: QRectF, series: Series) -> None:
    frame = box.adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
    axis = _Axis(frame, series)
    _grid(painter, axis)
    rise = slope(series.x, series.seconds)
    _fit(painter, axis, series, rise)
    painter.setBrush(_DOT)
    painter.setPen(Qt.PenStyle.NoPen)
    for x, seconds in zip(series.x, series.seconds, strict=True):
        painter.drawEllipse(axis.at(x, seconds), 5, 5)
    painter.setPen(_INK)
    head = QRectF(frame.left(), box.top() + 12, frame.width(), 32)
    painter.drawText(head, Qt.AlignmentFlag.AlignCenter, f"seconds, slope {rise:.2f} (1 is linear)")
    foot = QRectF(frame.left(), frame.bottom() + 30, frame.width(), 24)
    painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, series.title)


class _Axis:
    """From data to pixels, both logarithmic, with some room around the data."""

    def __init__(self, frame: QRectF, series: Series) -> None:
        self.frame, self.marks = frame, series.x
        self.x = _padded(series.x)
        self.y = _padded(series.seconds)

    def at(self, x: float, y: float) -> QPointF:
        """Where a point lies."""
        s = (math.log10(x) - self.x[0]) / (self.x[1] - self.x[0])
        r = (math.log10(y) - self.y[0]) / (self.y[1] - self.y[0])
        return QPointF(
            self.frame.left() + s * self.frame.width(),
            self.frame.bottom() - r * self.frame.height(),
        )


def _padded(values: Sequence[float]) -> tuple[float, float]:
    low, high = math.log10(min(values)), math.log10(max(values))
    room = 0.06 * (high - low) + 0.02
    return low - room, high + room


def _ticks(span: tuple[float, float]) -> list[float]:
    """1, 2 and 5 times powers of ten within the span."""
    decades = range(math.floor(span[0]), math.ceil(span[1]) + 1)
    ticks = [m * 10.0**d for d in decades for m in (1, 2, 5)]
    return [tick for tick in ticks if span[0] <= math.log10(tick) <= span[1]]


def _grid(painter: QPainter, axis: _Axis) -> None:
    frame = axis.frame
    centre, right = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
    for tick in axis.marks:
        x = axis.at(tick, 10 ** axis.y[0]).x()
        painter.setPen(_FAINT)
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setPen(_INK)
        painter.drawText(QRectF(x - 50, frame.bottom() + 6, 100, 20), centre, figure(tick))
    for tick in _ticks(axis.y):
        y = axis.at(10 ** axis.x[0], tick).y()
        painter.setPen(_FAINT)
        painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
        painter.setPen(_INK)
        painter.drawText(QRectF(frame.left() - 78, y - 10, 70, 20), right, figure(tick))


def _fit(painter: QPainter, axis: _Axis, series: Series, rise: float) -> None:
    """The fitted line, through the mean of the logarithms."""
    x, y = np.log10(series.x), np.log10(series.seconds)
    ends = [(10**u, 10 ** (y.mean() + rise * (u - x.mean()))) for u in (x.min(), x.max())]
    painter.setPen(QPen(_INK, 1.5, Qt.PenStyle.DashLine))
    painter.drawLine(axis.at(*ends[0]), axis.at(*ends[1]))
