"""The background of the canvas, and a faint grid with a few numbers."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.scene.base.colours import over
from flowlab.scene.base.stage import Stage, enlarged, rgba
from flowlab.scene.base.style import FONT_SMALL

LINES = 95.0  # least distance between grid lines, logical pixels


def paint_ground(painter: QPainter, stage: Stage) -> None:
    """Fill the canvas and draw the grid."""
    painter.fillRect(QRectF(0, 0, stage.width, stage.height), rgba(stage.theme.canvas))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    step = grid_step(LINES / stage.frame.camera.scale(stage.height))
    xs, ys = _ticks(stage, step)
    faint = over(stage.theme, stage.theme.line, 0.8)
    painter.setPen(stage.pen(faint))
    painter.drawLines([_vertical(stage, x) for x, _ in xs] + [_horizontal(stage, y) for y, _ in ys])
    painter.restore()
    paint_numbers(painter, stage)


def paint_numbers(painter: QPainter, stage: Stage) -> None:
    """Draw the grid's values, again over what dims the picture; side by side there are none.

    Each of two pictures side by side has an origin of its own.
    """
    if stage.view.layout == "side":
        return
    step = grid_step(LINES / stage.frame.camera.scale(stage.height))
    with enlarged(painter, stage) as words:
        xs, ys = _ticks(words, step)
        _numbers(painter, words, xs, ys, step)


def grid_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * 0.999999)


def _ticks(stage: Stage, step: float) -> tuple[list[tuple[float, float]], ...]:
    """Pairs (pixel, value) of the vertical and of the horizontal grid lines."""
    camera, width, height = stage.frame.camera, stage.width, stage.height
    x0, x1, y0, y1 = camera.visible(width, height)
    k = camera.scale(height)
    across = [i * step for i in range(math.ceil(x0 / step), math.floor(x1 / step) + 1)]
    up = [i * step for i in range(math.ceil(y0 / step), math.floor(y1 / step) + 1)]
    return [(k * (x - x0), x) for x in across], [(k * (y1 - y), y) for y in up]


def _vertical(stage: Stage, x: float) -> QLineF:
    x = _snapped(stage, x)
    return QLineF(x, 0, x, stage.height)


def _horizontal(stage: Stage, y: float) -> QLineF:
    y = _snapped(stage, y)
    return QLineF(0, y, stage.width, y)


def _snapped(stage: Stage, value: float) -> float:
    """The middle of the nearest device pixel, which makes a hairline crisp."""
    return value if stage.vector else (math.floor(value * stage.dpr) + 0.5) / stage.dpr


def _numbers(
    painter: QPainter,
    stage: Stage,
    xs: list[tuple[float, float]],
    ys: list[tuple[float, float]],
    step: float,
) -> None:
    """Draw the values of the grid lines along the top and left edges, but not below a heading."""
    painter.setFont(small_font(FONT_SMALL - 1))
    painter.setPen(rgba(stage.theme.dim))
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    metrics, head = (
        QFontMetricsF(painter.font()),
        QRectF(QPointF(0.0, 0.0), QSizeF(*stage.frame.head)),
    )
    corners = [(x + 4, 4.0, value) for x, value in xs if 24 < x < stage.width - 24]
    corners += [(6.0, y - 15, value) for y, value in ys if 24 < y < stage.height - 40]
    for x, y, value in corners:
        text = _number(value, places)
        box = QRectF(x, y, metrics.horizontalAdvance(text) + 1, 14)
        if not box.intersects(head):
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)


def _number(value: float, places: int) -> str:
    return f"{value + 0.0:.{places}f}".replace("-", "−")


@lru_cache(maxsize=8)
def small_font(size: int = FONT_SMALL) -> QFont:
    """The pictures' sans font at `size` logical pixels."""
    font = QFont()
    font.setFamilies(["DejaVu Sans", "Segoe UI", "Helvetica Neue", "sans-serif"])
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPixelSize(size)
    return font
