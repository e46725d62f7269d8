"""A small plot: curves and dots on linear or logarithmic axes, and a mark where one is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.scene.base.style import DARK, FONT_SMALL, Theme
from flowlab.ui.base.theme import colour, font
from flowlab.ui.base.ticks import short, ticks

Floats = np.ndarray[Any, Any]

HEIGHT, LEFT, RIGHT, BELOW, ABOVE = 100, 36, 8, 18, 22  # px
DOT, KEY = 2.4, 14.0  # radius; length of a piece of curve before its name


@dataclass(frozen=True, eq=False)
class Curve:
    """Points (S,) by (S,) in one of the theme's colours; NaN is a gap."""

    name: str  # in the legend; none where it is empty
    xs: Floats
    ys: Floats
    ink: str = "text"  # a colour of the theme
    errors: Floats | None = None  # (S,) standard errors, drawn as whiskers
    dotted: bool = False  # dots instead of a line
    dashed: bool = False


class Chart(QWidget):
    """Curves on a picture that is kept; the mark costs no new drawing."""

    def __init__(
        self, title: str, across: str, *, log_x: bool = False, log_y: bool = False, tip: str = ""
    ) -> None:
        super().__init__()
        self.title, self.across, self.log_x, self.log_y = title, across, log_x, log_y
        self.theme, self.curves = DARK, tuple[Curve, ...]()
        self.invitation = ""
        self._mark: float | None = None
        self._picture: QPixmap | None = None
        self._x = self._y = (0.0, 1.0)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{title} against {across}")
        self.setToolTip(tip)

    def show_curves(self, *curves: Curve) -> None:
        """Draw these."""
        self.curves = tuple(curves)
        self._x = _span([c.xs for c in curves], self.log_x, floor=False)
        self._y = _span([_reach(c) for c in curves], self.log_y, floor=not self.log_y)
        self._renew()

    def mark(self, x: float | None) -> None:
        """Mark this place of the horizontal axis, or none."""
        if x != self._mark:
            self._mark = x
            self.update()

    def invite(self, words: str) -> None:
        """Say why there is nothing to be drawn."""
        if words != self.invitation:
            self.invitation = words
            self._renew()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self._renew()

    def box(self) -> QRectF:
        """Where the curves run."""
        return QRectF(self.rect()).adjusted(LEFT, ABOVE, -RIGHT, -BELOW)

    def spot(self, x: float, y: float) -> QPointF:
        """The pixel of a value."""
        box = self.box()
        p, q = _share(x, self._x, self.log_x), _share(y, self._y, self.log_y)
        return QPointF(box.left() + p * box.width(), box.bottom() - q * box.height())

    # painting

    def _renew(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw at the new width."""
        self._picture = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Copy the picture, and mark the place."""
        if self._picture is None:
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        x = self._mark
        if x is None or not self.curves or (self.log_x and x <= 0):
            return
        box, at = self.box(), self.spot(x, self._y[1]).x()
        if box.left() - 1 <= at <= box.right() + 1:
            painter.setPen(QPen(colour(self.theme.text), 1))
            painter.drawLine(QPointF(at, box.top() - 2), QPointF(at, box.bottom()))

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap((self.size() * ratio).expandedTo(self.size()))
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour(self.theme.raised))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(FONT_SMALL))
        if not self.curves:
            painter.setPen(colour(self.theme.dim))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(10, 4, -10, -4), flags, self.invitation)
            painter.end()
            return picture
        self._paint_axes(painter)
        self._paint_names(painter)
        painter.setClipRect(self.box().adjusted(-4, -4, 4, 2))
        for curve in self.curves:
            self._paint_curve(painter, curve)
        painter.end()
        return picture

    def _paint_axes(self, painter: QPainter) -> None:
        box, line, words = self.box(), colour(self.theme.line), colour(self.theme.dim)
        for place, text in ticks(*self._y, 3, log=self.log_y):
            y = box.bottom() - (place - self._y[0]) / (self._y[1] - self._y[0]) * box.height()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(words)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, LEFT - 5, 16), side, text)
        name = painter.fontMetrics().horizontalAdvance(self.across) + 6
        below = QRectF(box.left(), box.bottom() + 2, box.width(), BELOW - 3)
        painter.setPen(words)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self.across)
        for place, text in ticks(*self._x, 4, log=self.log_x):
            x = box.left() + (place - self._x[0]) / (self._x[1] - self._x[0]) * box.width()
            half = painter.fontMetrics().horizontalAdvance(text) / 2
            if x + half < box.right() - name:
                label = QRectF(x - 20, box.bottom() + 2, 40, BELOW - 3)
                painter.drawText(label, Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_names(self, painter: QPainter) -> None:
        """The title, and every curve's name in its colour."""
        x, metrics = 8.0, painter.fontMetrics()
        if self.title:
            painter.setPen(colour(self.theme.text))
            painter.drawText(QPointF(x, 14), self.title)
            x += metrics.horizontalAdvance(self.title) + 12
        for curve in self.curves:
            if curve.name:
                self._paint_key(painter, curve, x)
                painter.drawText(QPointF(x + KEY + 5, 14), curve.name)
                x += KEY + 5 + metrics.horizontalAdvance(curve.name) + 12

    def _paint_key(self, painter: QPainter, curve: Curve, x: float) -> None:
        """A short piece of the curve, its pen left for the words."""
        ink = colour(getattr(self.theme, curve.ink))
        if curve.dotted:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(QPointF(x + KEY / 2, 10), DOT + 0.6, DOT + 0.6)
        else:
            painter.setPen(_pen(curve, ink))
            painter.drawLine(QPointF(x, 10), QPointF(x + KEY, 10))
        painter.setPen(ink)

    def _paint_curve(self, painter: QPainter, curve: Curve) -> None:
        ink = colour(getattr(self.theme, curve.ink))
        spots = [
            self.spot(float(x), float(y)) if _seen(x, self.log_x) and _seen(y, self.log_y) else None
            for x, y in zip(curve.xs, curve.ys, strict=True)
        ]
        if curve.dotted:
            self._paint_dots(painter, curve, spots, ink)
            return
        painter.setPen(_pen(curve, ink))
        run: list[QPointF] = []
        for spot in (*spots, None):
            if spot is not None:
                run.append(spot)
                continue
            if len(run) > 1:
                painter.drawPolyline(QPolygonF(run))
            run = []

    def _paint_dots(
        self, painter: QPainter, curve: Curve, spots: list[QPointF | None], ink: QColor
    ) -> None:
        for i, spot in enumerate(spots):
            if spot is None:
                continue
            if curve.errors is not None and math.isfinite(float(curve.errors[i])):
                y, error = float(curve.ys[i]), float(curve.errors[i])
                low = y - error if y > error or not self.log_y else y / 2
                painter.setPen(QPen(ink, 1))
                painter.drawLine(
                    self.spot(float(curve.xs[i]), low), self.spot(float(curve.xs[i]), y + error)
                )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(spot, DOT, DOT)

    def words(self) -> str:
        """The curves in words, for who cannot see them."""
        return "; ".join(
            f"{c.name or self.title}: "
            + ", ".join(f"{short(float(x))} → {y:.3g}" for x, y in zip(c.xs, c.ys, strict=True))
            for c in self.curves
            if len(c.xs) <= 16
        )


def _pen(curve: Curve, ink: QColor) -> QPen:
    style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
    return QPen(ink, 1.4 if curve.dashed else 2, style)


def _seen(value: float, log: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not log)


def _reach(curve: Curve) -> Floats:
    """The values that the vertical axis must hold."""
    return curve.ys if curve.errors is None else np.append(curve.ys, curve.ys + curve.errors)


def _span(values: list[Floats], log: bool, *, floor: bool) -> tuple[float, float]:
    """Ends of an axis with some room, from 0 where it stands on a `floor`; logarithms if `log`."""
    whole = np.concatenate([np.asarray(v, float) for v in values]) if values else np.zeros(0)
    whole = whole[np.isfinite(whole) & ((whole > 0) | (not log))]
    if not len(whole):
        return 0.0, 1.0
    whole = np.log10(whole) if log else whole
    low, high = float(whole.min()), float(whole.max())
    if floor:
        return min(low, 0.0), (1.1 * high if high > 0 else 1.0)
    room = 0.05 * max(high - low, 0.2 if log else 1e-9)
    return low - room, high + room


def _share(value: float, span: tuple[float, float], log: bool) -> float:
    """Where a value stands along an axis."""
    place = (math.log10(value) if value > 0 else span[0]) if log else value
    return (place - span[0]) / (span[1] - span[0])
