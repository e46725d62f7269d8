"""Two moments of training side by side: the pinned one at left, the current one at right."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from flowlab.scene.base.box import Box
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, rgba
from flowlab.scene.base.style import FONT_BODY
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.tiles import Tile, paint_tiles

BOTTOM, PAD_X, PAD_Y = 64.0, 9.0, 4.0  # px: height of a title above the legend; its padding


def middle_of(width: float, dpr: float = 1.0) -> float:
    """The pixel column where the right picture begins, on a whole device pixel."""
    return math.floor(width * dpr / 2) / dpr


def left_of(frame: Frame) -> Frame:
    """The frame of the pinned moment alone, at the same t, through the same camera."""
    return replace(
        frame,
        bundle=frame.beside,
        beside=None,
        blend_from=None,
        probe=None,
        lens=None,
        caption="",
        beside_caption=frame.caption,
    )


def right_of(frame: Frame) -> Frame:
    """The frame of the current moment alone; the left picture's legend is valid for it, too."""
    return replace(frame, beside=None, legend=False)


def paint_two(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint both pictures, each with its title."""
    middle = middle_of(width, dpr)
    halves = (
        (left_of(frame), Box(0.0, 0.0, middle, height)),
        (right_of(frame), Box(middle, 0.0, width - middle, height)),
    )
    tiles = [
        Tile(one, box, partial(_write_title, frame=frame, title=title))
        for (one, box), title in zip(halves, frame.titles, strict=True)
    ]
    paint_tiles(painter, tiles, scratch, dpr, paint_one)


def _write_title(painter: QPainter, width: float, height: float, frame: Frame, title: str) -> None:
    """Write a title at the bottom centre, on a ground of its own."""
    painter.scale(frame.words, frame.words)
    width, height = width / frame.words, height / frame.words
    font = QFont(small_font(FONT_BODY))
    font.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(font)
    across = metrics.horizontalAdvance(title)
    top = height - BOTTOM
    box = QRectF((width - across) / 2 - PAD_X, top, across + 2 * PAD_X, metrics.height())
    box.adjust(0.0, -PAD_Y, 0.0, PAD_Y)
    painter.setPen(QPen(rgba(frame.theme.line), 1.0))
    painter.setBrush(rgba(frame.theme.panel, 0.88))
    painter.drawRoundedRect(box, 6.0, 6.0)
    painter.setFont(font)
    painter.setPen(rgba(frame.theme.text))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawText(QPointF(box.x() + PAD_X, top + metrics.ascent()), title)
