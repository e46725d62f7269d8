"""How noisy the gradient is at each t on a noisy path, with and without antithetic pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.scene.base.style import FONT_SMALL
from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.theme import colour, font

Floats = np.ndarray[Any, Any]
Curves = tuple[Floats, Floats, Floats]  # times, independent, antithetic

HEIGHT, LEFT, BELOW, ABOVE = 112, 34, 16, 22  # px
DECADES = 4  # at most: where a mirror turns there is no noise at all, and its logarithm no end
TIP = (
    "Variance of the gradient of the loss at each t, on a logarithmic scale, for two pairs with "
    "noise of their own and for one pair met with the noise z and with −z; both cost the same"
)


class VariancePlot(QWidget):
    """Dashed: independent noise. Bold: antithetic pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.curves: Curves | None = None
        self._low, self._high = 0.0, 1.0  # decimal logarithms
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(TIP)
        self.setAccessibleName("Variance of the gradient against t")

    def show_curves(self, curves: Curves) -> None:
        """Draw these; the same ones again cost nothing."""
        shown = self.curves
        if shown is not None and all(map(np.array_equal, shown, curves)):
            return
        self.curves = curves
        logs = np.log10(np.maximum(np.concatenate(curves[1:]), 1e-12))
        self._high = math.ceil(logs.max())
        self._low = min(max(math.floor(logs.min()), self._high - DECADES), self._high - 1)
        share = float(np.mean(curves[2]) / np.mean(curves[1]))
        self.setAccessibleDescription(f"With antithetic pairs {share:.0%} of that without")
        self.update()

    def box(self) -> QRectF:
        """Where the curves run."""
        return QRectF(self.rect()).adjusted(LEFT, ABOVE, -8, -BELOW)

    def spot(self, t: float, value: float) -> QPointF:
        """Where a variance at t is drawn."""
        box = self.box()
        share = (math.log10(max(value, 10.0**self._low)) - self._low) / (self._high - self._low)
        return QPointF(box.left() + t * box.width(), box.bottom() - share * box.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Ground, decades, both curves and their names."""
        if self.curves is None:
            return
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colour(theme.raised))
        painter.setFont(font(FONT_SMALL))
        self._paint_axes(painter, colour(theme.line), colour(theme.dim))
        inks = (colour(theme.dim), Qt.PenStyle.DashLine), (colour(theme.learned), None)
        for (ink, style), values in zip(inks, self.curves[1:], strict=True):
            painter.setPen(QPen(ink, 2, style or Qt.PenStyle.SolidLine))
            pairs = zip(self.curves[0], values, strict=True)
            painter.drawPolyline(QPolygonF([self.spot(float(t), float(v)) for t, v in pairs]))
        head = QRectF(self.rect()).adjusted(8, 4, -8, 0)
        for (ink, _), words, side in zip(
            inks,
            ("- - independent z", "— with z and −z"),
            (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight),
            strict=True,
        ):
            painter.setPen(ink)
            painter.drawText(head, side | Qt.AlignmentFlag.AlignTop, words)
        painter.end()

    def _paint_axes(self, painter: QPainter, line: QColor, words: QColor) -> None:
        box = self.box()
        step = max(1, math.ceil((self._high - self._low) / 4))
        for decade in range(int(self._low), int(self._high) + 1, step):
            y = self.spot(0, 10.0**decade).y()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(words)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, LEFT - 5, 16), side, f"{10.0**decade:g}")
        for t, text, side in (
            (0.0, "t = 0", Qt.AlignmentFlag.AlignLeft),
            (1.0, "1", Qt.AlignmentFlag.AlignRight),
        ):
            x = box.left() + t * box.width()
            place = QRectF(x if t == 0 else x - 40, box.bottom() + 1, 40, BELOW - 2)
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, text)
