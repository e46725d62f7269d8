"""What is seen while walls are drawn: the target, the walls there are, and those under way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from flowlab.core.array_types import Floats
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.ground import small_font

HINT_FLAGS = (Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap).value
DOT, CORNER, FIRST = 1.3, 3.5, 6.0  # radii, px


def paint_ground(
    painter: QPainter,
    width: int,
    height: int,
    theme: Theme,
    rings: Sequence[Floats],
    cloud: Floats,
) -> None:
    """Cover the picture, whose tiles and axes aren't the plane's, by the target and the walls."""
    painter.fillRect(0, 0, width, height, QColor(*theme.canvas))
    pen = QPen(_colour(theme.target, 0.55), 2 * DOT)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPoints(_points(cloud))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_colour(theme.wall, 0.7), 1.5))
    for ring in rings:
        painter.drawPolygon(_points(ring))


def paint_unfinished(
    painter: QPainter, theme: Theme, path: Floats, by_corners: bool, closes: bool
) -> None:
    """The stroke or polygon so far, and dashed the wall that would close it."""
    if not len(path):
        return
    points = _points(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_colour(theme.learned, 0.14))
    painter.drawPolygon(points)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(*theme.learned), 2.4)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPolyline(points)
    if len(path) > 2:
        painter.setPen(QPen(QColor(*theme.learned), 1.6, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(*path[-1].tolist()), QPointF(*path[0].tolist()))
    if by_corners:
        _paint_corners(painter, theme, path, closes)


def _paint_corners(painter: QPainter, theme: Theme, corners: Floats, closes: bool) -> None:
    painter.setPen(QPen(QColor(*theme.canvas), 1.0))
    painter.setBrush(QColor(*theme.learned))
    for k, (x, y) in enumerate(corners.tolist()):
        radius = FIRST + 2 * closes if k == 0 else CORNER
        painter.drawEllipse(QPointF(x, y), radius, radius)


def paint_hint(painter: QPainter, width: int, theme: Theme, words: str) -> None:
    """One line at the top about what can be done; more lines where the canvas is narrow."""
    painter.setFont(small_font())
    room = QRect(24, 18, width - 48, 1000)
    text = painter.fontMetrics().boundingRect(room, HINT_FLAGS, words)
    painter.setPen(QColor(*theme.line))
    painter.setBrush(QColor(*theme.panel))
    painter.drawRoundedRect(QRectF(text).adjusted(-12, -6, 12, 6), 6, 6)
    painter.setPen(QColor(*theme.text))
    painter.drawText(room, HINT_FLAGS, words)


def _points(places: Floats) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in places.tolist()])


def _colour(colour: Colour, opacity: float) -> QColor:
    made = QColor(*colour)
    made.setAlphaF(opacity)
    return made
