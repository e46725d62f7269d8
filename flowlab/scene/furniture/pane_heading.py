"""The title and figures at the top left of each of several pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.stage import rgba
from flowlab.scene.base.style import FONT_BODY, Colour, Theme
from flowlab.scene.furniture.card import wrapped
from flowlab.scene.furniture.ground import small_font

EDGE, PAD, LINE, DOT = 12.0, 9.0, 16.0, 4.5  # logical pixels
INSET = 2 * DOT + 6  # of a title behind its dot
SHADE = 0.88
MOST = 0.45  # share of a picture's height that title and figures may take


@dataclass(frozen=True)
class Heading:
    """A title and, as far as there is room, the lines of figures below it."""

    titles: tuple[str, ...]  # the title, on several lines where it is too wide
    lines: tuple[str, ...]
    across: float
    deep: float

    @staticmethod
    def of(
        title: str, texts: Sequence[str], width: float, height: float, spare: float = 0.0
    ) -> Heading:
        """Return the heading of a picture of this size; it leaves most of the height free.

        A title alone may be wider by `spare`, rather than take two lines.
        """
        return _heading(title, tuple(texts), width, height, spare)

    @property
    def corner(self) -> tuple[float, float]:
        """The right and the lower end of its ground, in logical pixels."""
        return EDGE + self.across + 2 * PAD, EDGE + self.deep

    def write(self, painter: QPainter, theme: Theme, dot: Colour) -> None:
        """Write title and lines on a ground of their own, behind a dot in a colour."""
        bold = QFontMetricsF(_title_font())
        painter.setPen(rgba(theme.line))
        painter.setBrush(rgba(theme.panel, SHADE))
        painter.drawRoundedRect(QRectF(EDGE, EDGE, self.across + 2 * PAD, self.deep), 6.0, 6.0)
        base = EDGE + PAD / 2 + bold.ascent()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(rgba(dot))
        painter.drawEllipse(QPointF(EDGE + PAD + DOT, base - bold.xHeight() / 2), DOT, DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(rgba(theme.text))
        painter.setFont(_title_font())
        for k, line in enumerate(self.titles):
            painter.drawText(QPointF(EDGE + PAD + INSET, base + LINE * k), line)
        base += LINE * (len(self.titles) - 1)
        painter.setFont(small_font())
        painter.setPen(rgba(theme.dim))
        for k, line in enumerate(self.lines):
            painter.drawText(QPointF(EDGE + PAD, base + LINE * (k + 1)), line)


@lru_cache(maxsize=64)  # most of them stay from frame to frame
def _heading(
    title: str, texts: tuple[str, ...], width: float, height: float, spare: float
) -> Heading:
    bold, body = QFontMetricsF(_title_font()), QFontMetricsF(small_font())
    room = width - 2 * EDGE - 2 * PAD
    titles = tuple(wrapped(bold, title, room - INSET + spare))
    deep = bold.height() + LINE * (len(titles) - 1) + PAD
    pieces = [line for text in texts for line in wrapped(body, text, room)]
    fit = max(0, int((MOST * height - EDGE - deep) / LINE))
    lines = tuple(pieces[:fit])
    wide = [INSET + max(map(bold.horizontalAdvance, titles))]
    wide += map(body.horizontalAdvance, lines)
    return Heading(titles, lines, max(wide), deep + LINE * len(lines))


def below(camera: Camera, box: Box, head: float) -> Camera:
    """The camera, slightly zoomed out, with its view below a heading of that height."""
    half = camera.half_height * box.height / (box.height - head)
    return replace(camera, half_height=half, centre_y=camera.centre_y + half * head / box.height)


def _title_font() -> QFont:
    font = QFont(small_font(FONT_BODY))
    font.setWeight(QFont.Weight.DemiBold)
    return font
