"""Errors of the learned velocity against t, with the present t marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from flowlab.scene.base.style import FONT_SMALL, Theme
from flowlab.ui.base.controls import WordsCombo
from flowlab.ui.base.theme import colour, font
from flowlab.ui.plots.plain_axis import short, ticks

if TYPE_CHECKING:
    from flowlab.work.figures import ByTime

Floats = np.ndarray[Any, Any]

HEIGHT, LEFT, BELOW, ABOVE = 116, 34, 18, 8  # px
CURVES = {
    "excess": "Loss above its floor",
    "velocity": "Velocity error",
    "angle": "Angle error, degrees",
}
INVITATION = "Learned against exact velocity:\nnot computed yet"


class TimePlot(QWidget):
    """Which error is drawn, and the drawing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.drawing = Drawing(theme)
        self.which = WordsCombo()
        for key, title in CURVES.items():
            self.which.addItem(title, key)
        self.which.setAccessibleName("Which error is drawn against t")
        self.which.setToolTip("Over the points of p_t in each stretch of t, with standard errors")
        self.which.activated.connect(lambda _: self._choose())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.drawing)
        column.addWidget(self.which)
        self._by_time: ByTime | None = None
        self._choose()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.drawing.theme = theme
        self.drawing.renew()

    def show_t(self, t: float) -> None:
        """Mark this t."""
        self.drawing.t = t
        self.drawing.update()

    def show_curves(self, by_time: ByTime | None, reason: str) -> None:
        """Show the newest errors, or why there are none."""
        invitation = reason or INVITATION
        if by_time is not self._by_time or invitation != self.drawing.invitation:
            self._by_time, self.drawing.invitation = by_time, invitation
            self._choose()

    def _choose(self) -> None:
        key, found = self.which.currentData(), self._by_time
        self.drawing.title = CURVES[key]
        if found is None:
            self.drawing.show_bars(None, None, None)
        else:
            error = getattr(found, f"{key}_error")
            self.drawing.show_bars(found.edges, getattr(found, key), error)


class Drawing(QWidget):
    """Bars with whiskers over stretches of t; the line of the present t costs no new drawing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme, self.t, self.title, self.invitation = theme, 0.0, "", INVITATION
        self._bars: tuple[Floats, Floats, Floats] | None = None
        self._top = 1.0
        self._picture: QPixmap | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, edges: Floats | None, values: Floats | None, errors: Floats | None) -> None:
        """Heights between edges, and how uncertain they are; None where nothing is known."""
        self._bars = None
        if edges is not None and values is not None and errors is not None:
            self._bars = edges, values, errors
        reach = np.zeros(1) if values is None or errors is None else values + errors
        top = float(np.nanmax(reach, initial=0.0))
        self._top = 1.08 * top if top > 0 else 1.0
        self.setAccessibleName(f"{self.title} against t")
        self.setAccessibleDescription("; ".join(self.words(i) for i in range(self.count)))
        self.renew()

    @property
    def count(self) -> int:
        """Bars."""
        return 0 if self._bars is None else len(self._bars[1])

    def words(self, i: int) -> str:
        """One bar in words."""
        assert self._bars is not None
        edges, values, errors = self._bars
        return f"t {edges[i]:.1f} to {edges[i + 1]:.1f}: {values[i]:.3g} ± {errors[i]:.1g}"

    def renew(self) -> None:
        """Draw anew."""
        self._picture = None
        self.update()

    def box(self) -> QRectF:
        """Where the bars stand."""
        return QRectF(self.rect()).adjusted(LEFT, ABOVE, -6, -BELOW)

    def event(self, event: QEvent) -> bool:
        """Say what stands under the cursor."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            box = self.box()
            i = int((event.pos().x() - box.left()) / box.width() * self.count)
            words = self.words(i) if 0 <= i < self.count else self.title
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002
        """Draw at the new width."""
        self._picture = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Copy the picture and mark the present t."""
        if self._picture is None:
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self._bars is not None:
            box = self.box()
            x = box.left() + self.t * box.width()
            painter.setPen(QPen(colour(self.theme.text), 1))
            painter.drawLine(QPointF(x, box.top() - 4), QPointF(x, box.bottom()))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(colour(self.theme.text))
            top = box.top() - 7
            painter.drawPolygon([QPointF(x - 3.5, top), QPointF(x + 3.5, top), QPointF(x, top + 5)])

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap((self.size() * ratio).expandedTo(self.size()))
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour(self.theme.raised))
        painter = QPainter(picture)
        painter.setFont(font(FONT_SMALL))
        if self._bars is None:
            painter.setPen(colour(self.theme.dim))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(10, 4, -10, -4), flags, self.invitation)
        else:
            self._paint_axes(painter, self.box())
            self._paint_bars(painter, self.box())
        painter.end()
        return picture

    def _paint_axes(self, painter: QPainter, box: QRectF) -> None:
        line, words = QPen(colour(self.theme.line), 1), colour(self.theme.dim)
        for value, text in ticks(0.0, self._top, 3):
            y = box.bottom() - value / self._top * box.height()
            painter.setPen(line)
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            if not value:
                continue
            painter.setPen(words)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, LEFT - 5, 16), side, text)
        painter.setPen(words)
        for t in (0.0, 0.5, 1.0):
            place = QRectF(box.left() + t * box.width() - 15, box.bottom() + 2, 30, BELOW - 3)
            right = place.right() > self.width() - 2
            painter.drawText(
                place.translated(-9 if right else 0, 0),
                Qt.AlignmentFlag.AlignCenter,
                short(t) if t else "t = 0",
            )

    def _paint_bars(self, painter: QPainter, box: QRectF) -> None:
        assert self._bars is not None
        accent, ink = colour(self.theme.learned), QPen(colour(self.theme.text), 1)
        for low, high, value, error in zip(
            self._bars[0][:-1], self._bars[0][1:], *self._bars[1:], strict=True
        ):
            if not np.isfinite(value):
                continue
            left, right = (box.left() + t * box.width() for t in (low, high))
            scale = box.height() / self._top
            tall = float(value) * scale
            painter.fillRect(QRectF(left + 1, box.bottom() - tall, right - left - 2, tall), accent)
            if np.isfinite(error):
                x, whisker = (left + right) / 2, float(error) * scale
                painter.setPen(ink)
                middle = box.bottom() - tall
                painter.drawLine(QPointF(x, middle - whisker), QPointF(x, middle + whisker))
