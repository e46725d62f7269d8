"""An equation of points: column vectors in brackets, each in the colour of its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.scene.base.colours import as_text
from flowlab.scene.base.style import DARK, FONT_BODY, FONT_SMALL, Theme
from flowlab.ui.base.theme import colour, font

TOP, LINE, BRACKET, GAP = 24.0, 17.0, 4.0, 7.0  # px
ROW = 2 * LINE + 5
HEIGHT = round(TOP + 2 * ROW)
SYMBOLS = "x_α = (1 − α) x₀ + α x₁"


@dataclass(frozen=True)
class Blend:
    """x_alpha = (1 - alpha) x0 + alpha x1 for one pair."""

    alpha: float
    x0: tuple[float, float]
    x1: tuple[float, float]

    @property
    def point(self) -> tuple[float, float]:
        """The blended point."""
        a = self.alpha
        return tuple((1 - a) * p + a * q for p, q in zip(self.x0, self.x1, strict=True))  # type: ignore[return-value]


def digits(value: float) -> str:
    """A number in about four characters, with a true minus sign."""
    if not np.isfinite(value):
        return "–"
    text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.1f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def weight(value: float) -> str:
    """A weight from 0 to 1 in short form."""
    return f"{value:.3f}"


class Equation(QWidget):
    """The symbols on one line, and below them the numbers of one pair."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.blend: Blend | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_blend(None)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self.update()

    def show_blend(self, blend: Blend | None) -> None:
        """Show the numbers of a pair; None shows the symbols only."""
        self.blend = blend
        self.setAccessibleName(f"{SYMBOLS}{'' if blend is None else ': ' + self.words()}")
        self.update()

    def words(self) -> str:
        """Return the numbers on one line."""
        blend = self.blend
        if blend is None:
            return ""
        both = [", ".join(map(digits, p)) for p in (blend.point, blend.x0, blend.x1)]
        a = blend.alpha
        return f"({both[0]}) = {weight(1 - a)} ({both[1]}) + {weight(a)} ({both[2]})"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the symbols, then the numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_symbols(painter)
        if self.blend is not None:
            self._paint_numbers(painter, self.blend)
        painter.end()

    def _paint_symbols(self, painter: QPainter) -> None:
        theme, x = self.theme, 0.0
        large, small = font(FONT_BODY), font(FONT_SMALL)
        for text, ink, low in (
            ("x", theme.text, False),
            ("α", theme.text, True),
            (" = (1 − α) ", theme.dim, False),
            ("x₀", as_text(theme, theme.source), False),
            (" + α ", theme.dim, False),
            ("x₁", as_text(theme, theme.target), False),
        ):
            painter.setFont(small if low else large)
            painter.setPen(colour(ink))
            painter.drawText(QPointF(x, 19 if low else 15), text)
            x += QFontMetricsF(painter.font()).horizontalAdvance(text)

    def _paint_numbers(self, painter: QPainter, blend: Blend) -> None:
        """Draw x_alpha = (1 - alpha) x0, and below it + alpha x1, at fixed positions."""
        painter.setFont(font(FONT_BODY))
        metrics, theme = QFontMetricsF(painter.font()), self.theme
        wide = metrics.horizontalAdvance("−0.00") + 2 * BRACKET + 2
        sign, factor = (metrics.horizontalAdvance(text) for text in ("=", "0.000"))
        a = blend.alpha
        amber, blue = as_text(theme, theme.source), as_text(theme, theme.target)
        rows = (("=", 1 - a, blend.x0, amber), ("+", a, blend.x1, blue))
        painter.setPen(colour(theme.text))
        self._paint_column(painter, blend.point, QRectF(0, TOP, wide, 2 * LINE))
        for i, (mark, share, point, ink) in enumerate(rows):
            x, y = wide + GAP, TOP + i * ROW
            painter.setPen(colour(theme.dim))
            for text, width in ((mark, sign), (weight(share), factor)):
                box = QRectF(x, y, width, 2 * LINE)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                x += width + GAP
            painter.setPen(colour(ink))
            self._paint_column(painter, point, QRectF(x, y, wide, 2 * LINE))

    def _paint_column(self, painter: QPainter, values: tuple[float, float], box: QRectF) -> None:
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, value in enumerate(values):
            row = QRectF(
                box.left() + BRACKET, box.top() + i * LINE, box.width() - 2 * BRACKET, LINE
            )
            painter.drawText(row, side, digits(value))
        painter.setPen(QPen(painter.pen().color(), 1.2))
        for x, bow in (
            (box.left() + BRACKET - 1, -BRACKET),
            (box.right() - BRACKET + 1.5, BRACKET),
        ):
            path = QPainterPath(QPointF(x, box.top() + 1))
            path.quadTo(QPointF(x + bow, box.center().y()), QPointF(x, box.bottom() - 1))
            painter.drawPath(path)
