"""The schedules of a path drawn against t; those of a custom path are edited by their knots."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.core.document.document import Path
from flowlab.core.document.limits import Invalid
from flowlab.core.document.path_checks import LEAST_GAP, MOST_KNOTS
from flowlab.core.interpolants.schedules import curves
from flowlab.scene.base.style import FONT_SMALL, Theme
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.theme import colour, font

Floats = np.ndarray[Any, Any]

HEIGHT, MARGIN, BELOW = 132, 12, 16  # px
KNOT, REACH = 4.5, 11.0  # px, how large a knot is and how far its grip goes
STEP = 0.01  # of an arrow key
NAMES = ("α", "β", "γ")
FIELDS = ("alpha_knots", "beta_knots")
ENDS = (((0.0, 1.0), (1.0, 0.0)), ((0.0, 0.0), (1.0, 1.0)))
TIP = (
    "From t = 0 at the left to 1 at the right: α, the weight of the source point, β, that of the "
    "target point, and γ, that of the fresh noise"
)
EDIT_TIP = (
    f"{TIP}. Drag a knot of α or β; double-click adds one, or removes the one under the pointer. "
    "Keys: page up and down choose a knot, arrows move it, Delete removes it"
)
ARROWS = {
    Qt.Key.Key_Left: (-STEP, 0.0),
    Qt.Key.Key_Right: (STEP, 0.0),
    Qt.Key.Key_Down: (0.0, -STEP),
    Qt.Key.Key_Up: (0.0, STEP),
}
TURNS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
REMOVALS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)

Place = tuple[int, int]  # curve and knot


class PathCurves(QWidget):
    """alpha, beta and gamma over t; knots of a custom path answer to mouse and keys."""

    edited = Signal(object)  # Path
    settled = Signal()

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.chosen: Place | None = None  # the knot that keys move
        self._grip: Place | None = None  # the knot that is dragged
        self._hover: Place | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        KeyKeeper(self, [*ARROWS, *TURNS, *REMOVALS])
        self.show_path(path)

    def show_path(self, path: Path) -> None:
        """Draw this path; without a signal."""
        self.path = path
        self._t, self._values = curves(path)
        self._top = max(1.0, float(self._values.max()))
        if self.chosen is not None and not self._has(self.chosen):
            self.chosen = None
        custom = path.kind == "custom"
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if custom else Qt.FocusPolicy.NoFocus)
        self.setToolTip(EDIT_TIP if custom else TIP)
        self.setAccessibleName("Curves of α, β and γ against t")
        self.update()

    def knots(self, curve: int) -> tuple[tuple[float, float], ...]:
        """The inner knots of alpha (0) or beta (1)."""
        found: tuple[tuple[float, float], ...] = getattr(self.path, FIELDS[curve])
        return found

    def _has(self, place: Place) -> bool:
        return self.path.kind == "custom" and place[1] < len(self.knots(place[0]))

    # where things are

    def box(self) -> QRectF:
        """The plane of t and heights from 0 to the greatest."""
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -BELOW)

    def spot(self, t: float, height: float) -> QPointF:
        """Where (t, height) is drawn."""
        box = self.box()
        return QPointF(
            box.left() + t * box.width(), box.bottom() - height / self._top * box.height()
        )

    def values_at(self, spot: QPointF) -> tuple[float, float]:
        """(t, height) under a point of the widget."""
        box = self.box()
        t = (spot.x() - box.left()) / box.width()
        return t, (box.bottom() - spot.y()) / box.height() * self._top

    def knot_at(self, spot: QPointF) -> Place | None:
        """The knot within reach of a point, the nearest one."""
        if self.path.kind != "custom":
            return None
        away = {
            (curve, k): math.hypot(*(self.spot(*knot) - spot).toTuple())
            for curve in (0, 1)
            for k, knot in enumerate(self.knots(curve))
        }
        nearest = min(away, key=lambda place: away[place])
        return nearest if away[nearest] <= REACH else None

    # edits

    def _move(self, place: Place, t: float, height: float) -> None:
        """Bring a knot as near to (t, height) as its neighbours let it."""
        curve, k = place
        line = [ENDS[curve][0], *self.knots(curve), ENDS[curve][1]]
        (t0, y0), (t1, y1) = line[k], line[k + 2]
        line[k + 1] = (
            min(max(t, t0 + LEAST_GAP), t1 - LEAST_GAP),
            min(max(height, min(y0, y1)), max(y0, y1)),
        )
        self._put(curve, line[1:-1])

    def _put(self, curve: int, knots: list[tuple[float, float]]) -> bool:
        rounded = tuple((round(t, 4), round(y, 4)) for t, y in knots)
        try:
            changes: dict[str, Any] = {FIELDS[curve]: rounded}
            path = replace(self.path, **changes)
        except Invalid:
            return False  # between two good places: the knot waits at the last one
        if path != self.path:
            self.show_path(path)
            self.edited.emit(path)
        return True

    def _add(self, spot: QPointF) -> None:
        """A new knot upon the nearer curve, at the t of a point."""
        t, height = self.values_at(spot)
        now = [float(np.interp(t, self._t, self._values[curve])) for curve in (0, 1)]
        curve = int(np.argmin([abs(y - height) for y in now]))
        knots = sorted([*self.knots(curve), (t, now[curve])])
        if len(knots) <= MOST_KNOTS and self._put(curve, knots):
            self.settled.emit()

    def _remove(self, place: Place) -> None:
        curve, k = place
        knots = list(self.knots(curve))
        if len(knots) > 1:
            del knots[k]
            self._put(curve, knots)
            self.settled.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Take hold of a knot."""
        self._grip = self.knot_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and self._grip is not None:
            self.settled.emit()
            self.chosen = self._grip
            self.update()
        else:
            self._grip = None
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Drag the knot that is held, or show which one could be."""
        if self._grip is not None:
            self._move(self._grip, *self.values_at(event.position()))
            return
        hover = self.knot_at(event.position())
        if hover != self._hover:
            self._hover = hover
            shape = Qt.CursorShape.ArrowCursor if hover is None else Qt.CursorShape.OpenHandCursor
            self.setCursor(shape)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002  # Qt's name
        """Let go: the whole drag is one step."""
        if self._grip is not None:
            self._grip = None
            self.settled.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Add a knot, or remove the one under the pointer."""
        if self.path.kind != "custom":
            return
        place = self.knot_at(event.position())
        self.settled.emit()
        if place is None:
            self._add(event.position())
        else:
            self._remove(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Choose, move and remove knots."""
        key = Qt.Key(event.key())
        if self.path.kind == "custom" and key in TURNS:
            self._turn(TURNS[key])
        elif self.chosen is not None and key in ARROWS:
            curve, k = self.chosen
            t, y = self.knots(curve)[k]
            self._move(self.chosen, t + ARROWS[key][0], y + ARROWS[key][1])
            self.settled.emit()
        elif self.chosen is not None and key in REMOVALS:
            self._remove(self.chosen)
        else:
            super().keyPressEvent(event)

    def _turn(self, way: int) -> None:
        places = [(curve, k) for curve in (0, 1) for k in range(len(self.knots(curve)))]
        at = places.index(self.chosen) + way if self.chosen in places else 0
        self.chosen = places[at % len(places)]
        self.update()

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """The ground, the curves with their names, the knots."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        self._paint_lines(painter, theme)
        inks = [colour(theme.source), colour(theme.target), colour(theme.text)]
        for k, ink in enumerate(inks if self.path.noisy else inks[:2]):
            style = Qt.PenStyle.DashLine if k == 2 else Qt.PenStyle.SolidLine
            painter.setPen(QPen(ink, 2, style))
            painter.drawPolyline(self._line(k))
        if self.path.kind == "custom":
            for curve in (0, 1):
                self._paint_knots(painter, curve, inks[curve], theme)
        self._paint_names(painter, inks)
        painter.end()

    def _line(self, k: int) -> QPolygonF:
        pairs = zip(self._t, self._values[k], strict=True)
        return QPolygonF([self.spot(float(t), float(y)) for t, y in pairs])

    def _paint_lines(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(colour(theme.line), 1))
        for height in (0.0, 1.0):
            painter.drawLine(self.spot(0, height), self.spot(1, height))
        painter.setFont(font(FONT_SMALL))
        painter.setPen(colour(theme.dim))
        base = QRectF(self.rect()).adjusted(MARGIN, 0, -MARGIN, -2)
        for words, side in (
            ("t = 0", Qt.AlignmentFlag.AlignLeft),
            ("1", Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(base, side | Qt.AlignmentFlag.AlignBottom, words)

    def _paint_knots(self, painter: QPainter, curve: int, ink: QColor, theme: Theme) -> None:
        for k, knot in enumerate(self.knots(curve)):
            held = (curve, k) in (self._grip, self._hover)
            chosen = (curve, k) == self.chosen and self.hasFocus()
            painter.setPen(QPen(colour(theme.text) if chosen else ink, 2))
            painter.setBrush(ink if held else colour(theme.raised))
            size = KNOT + 1.5 * held
            painter.drawEllipse(self.spot(*knot), size, size)

    def _paint_names(self, painter: QPainter, inks: list[QColor]) -> None:
        """Each name stands where its curve is mostly far from the others."""
        for k, ink in enumerate(inks if self.path.noisy else inks[:2]):
            at = (0.1, 0.9, 0.22)[k]
            height = float(np.interp(at, self._t, self._values[k]))
            spot = self.spot(at, height)
            above = spot.y() - 16 > self.rect().top()
            place = QRectF(spot.x() - 8, spot.y() - 17 if above else spot.y() + 3, 16, 14)
            painter.setPen(ink)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, NAMES[k])
