"""A card of figures at the top left: what the lens and the difference report."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.layers.error_map import error_lines
from flowlab.scene.layers.lens import lens_lines, lens_place

EDGE, PAD, LINE, BREAK = 12.0, 10.0, 17.0, 7.0  # logical pixels
WIDTH = 264.0
CARD_RIGHT = EDGE + WIDTH + 4.0  # where a control at its right may begin

_BOUND = re.compile(" ([±=]) ")


def paint_card(painter: QPainter, stage: Stage) -> None:
    """Layer: the card's lines of the difference, of the room and of the lens, if there are any."""
    room = drawing_of(stage.view.name).lines(stage)
    groups = error_lines(stage), room, lens_lines(stage)
    blocks = [lines for lines in groups if lines]
    if not blocks:
        return
    painter.setFont(small_font())
    metrics = QFontMetricsF(painter.font())
    rows: list[tuple[float, str, Colour]] = []
    left, top = _corner(stage)
    y = top + PAD
    for block in blocks:
        for text, colour in block:
            for piece in _pieces(painter.font().toString(), text):
                rows.append((y, piece, colour))
                y += LINE
        y += BREAK
    box = QRectF(left, top, WIDTH, y - BREAK - top + PAD - 4)
    painter.setPen(stage.pen(stage.theme.line, 1.0, 1.0))
    painter.setBrush(rgba(stage.theme.panel, 0.92))
    painter.drawRoundedRect(box, 6, 6)
    for y, text, colour in rows:
        painter.setPen(rgba(colour))
        painter.drawText(QPointF(left + PAD, y + metrics.ascent()), text)


def _corner(stage: Stage) -> tuple[float, float]:
    """The card's top left: in the corner where a lens, and most of its pairs, are not."""
    frame, place = stage.frame, lens_place(stage)
    right = stage.width - EDGE - WIDTH
    if place is not None and place[0] < stage.width / 2 and right > EDGE + WIDTH:
        return right, EDGE + frame.card_right
    return EDGE, EDGE + frame.card_top


@lru_cache(maxsize=64)
def _pieces(font: str, text: str) -> tuple[str, ...]:
    """The text broken into lines; cached, because most texts stay while t plays."""
    font_ = QFont()
    font_.fromString(font)
    return tuple(wrapped(QFontMetricsF(font_), text, WIDTH - 2 * PAD))


def wrapped(metrics: QFontMetricsF, text: str, width: float) -> list[str]:
    """The text broken into lines no wider than `width`, but not beside a ± or an =."""
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    lines = [""]
    for word in _BOUND.sub("\u00a0\\1\u00a0", text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics.horizontalAdvance(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
