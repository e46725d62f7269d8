"""The schedules of a path drawn against t; those of a custom path are edited by their knots."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

from flowlab.core.document.document import Path
from flowlab.core.document.limits import Invalid
from flowlab.core.document.path_checks import LEAST_GAP, MOST_KNOTS
from flowlab.core.interpolants.schedules import curves
from flowlab.scene.base.style import FONT_SMALL, Theme
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.theme import colour, font
from flowlab.ui.base.ticks import ticks
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot

HEIGHT = 132  # px
ROOM = 0.045, 0.08  # beyond the ends of both axes, as parts of them: a knot has room there
KNOT, REACH = 9.0, 11.0  # px, how large a knot is and how far its grip goes
STEP = 0.01  # of an arrow key
NAMES, INKS = ("α", "β", "γ"), ("source", "target", "text")
NAMED_AT = (0.1, 0.9, 0.22)  # t where each curve is mostly far from the others
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


class PathCurves(Plot):
    """alpha, beta and gamma over t; knots of a custom path answer to mouse and keys."""

    edited = Signal(object)  # Path
    settled = Signal()

    def __init__(self, path: Path) -> None:
        self.names: tuple[pg.TextItem, ...] = ()
        super().__init__(across="t", height=HEIGHT, margins=(4, 2, 4, 18), legend=False)
        self.path = path
        self.chosen: Place | None = None  # the knot that keys move
        self._grip: Place | None = None  # the knot that is dragged
        self._hover: Place | None = None
        self.dots = pg.ScatterPlotItem(pxMode=True, antialias=True)
        self.dots.setZValue(850)
        self.names = tuple(pg.TextItem(name) for name in NAMES)
        for item in (self.dots, *self.names):
            self.view_box.addItem(item, ignoreBounds=True)
        for name in self.names:
            name.setFont(font(FONT_SMALL))
        KeyKeeper(self, [*ARROWS, *TURNS, *REMOVALS])
        self.setAccessibleName("Curves of α, β and γ against t")
        self._dress_names()
        self.show_path(path)

    def show_path(self, path: Path) -> None:
        """Draw this path; without a signal."""
        self.path = path
        self._t, self._values = curves(path)
        if self.chosen is not None and not self._has(self.chosen):
            self.chosen = None
        custom = path.kind == "custom"
        focus = Qt.FocusPolicy
        self.setFocusPolicy(focus.StrongFocus if custom else focus.TabFocus)
        self.setToolTip(EDIT_TIP if custom else TIP)
        self._show_lines()
        self._show_names()
        self._show_knots()

    def knots(self, curve: int) -> tuple[tuple[float, float], ...]:
        """The inner knots of alpha (0) or beta (1)."""
        found: tuple[tuple[float, float], ...] = getattr(self.path, FIELDS[curve])
        return found

    def _has(self, place: Place) -> bool:
        return self.path.kind == "custom" and place[1] < len(self.knots(place[0]))

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
        t, height = self.place(spot)
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
            self.readout.show(None)
            self._show_knots()
        else:
            self._grip = None
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Drag the knot that is held, or show which one could be."""
        if self._grip is not None:
            self._move(self._grip, *self.place(event.position()))
            return
        super().mouseMoveEvent(event)
        hover = None if self._held else self.knot_at(event.position())
        if hover != self._hover:
            self._hover = hover
            shape = Qt.CursorShape.ArrowCursor if hover is None else Qt.CursorShape.OpenHandCursor
            self.setCursor(shape)
            self._show_knots()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Let go: the whole drag is one step."""
        super().mouseReleaseEvent(event)
        if self._grip is not None:
            self._grip = None
            self._show_knots()
            self.settled.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Add a knot, or remove the one under the pointer; on other paths show all."""
        if self.path.kind != "custom":
            super().mouseDoubleClickEvent(event)
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
        self._show_knots()

    # drawing

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().set_theme(theme)
        if self.names:  # they are made after the plot
            self._dress_names()
            self._show_knots()

    def _dress_names(self) -> None:
        for name, ink in zip(self.names, INKS, strict=True):
            name.setColor(colour(getattr(self.theme, ink)))

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show which knot the keys move."""
        super().focusInEvent(event)
        self._show_knots()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show that they move none."""
        super().focusOutEvent(event)
        self._show_knots()

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Lines at 0 and 1."""
        return [(height, "") for height in (0.0, 1.0) if low <= height <= high]

    def level_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Both ends, and what lies between them where only a part is seen."""
        return ticks(low, high, 4) if self.zoomed else [(0.0, "0"), (1.0, "1")]

    def _show_lines(self) -> None:
        top = max(1.0, float(self._values.max()))
        shown = range(3 if self.path.noisy else 2)
        self.show_curves(
            *(Curve(NAMES[k], self._t, self._values[k], INKS[k], dashed=k == 2) for k in shown),
            spans=((-ROOM[0], 1 + ROOM[0]), (-ROOM[1] * top, (1 + ROOM[1]) * top)),
        )

    def _show_names(self) -> None:
        """Each name above its curve, or below where there is no room."""
        for k, (name, t) in enumerate(zip(self.names, NAMED_AT, strict=True)):
            height = float(np.interp(t, self._t, self._values[k]))
            name.setAnchor((0.5, 1.0 if self.spot(t, height).y() > 18 else 0.0))
            name.setPos(t, height)
            name.setVisible(k < 2 or self.path.noisy)

    def _show_knots(self) -> None:
        custom = self.path.kind == "custom"
        spots = [
            self._knot((curve, k), knot)
            for curve in ((0, 1) if custom else ())
            for k, knot in enumerate(self.knots(curve))
        ]
        self.dots.setData(spots=spots)

    def _knot(self, place: Place, knot: tuple[float, float]) -> dict[str, Any]:
        """A ring; full while it is held or could be, of another colour while keys move it."""
        theme, ink = self.theme, colour(getattr(self.theme, INKS[place[0]]))
        held = place in (self._grip, self._hover)
        chosen = place == self.chosen and self.hasFocus()
        return {
            "pos": knot,
            "size": KNOT + 3.0 * held,
            "pen": pg.mkPen(colour(theme.text) if chosen else ink, width=2),
            "brush": ink if held else colour(theme.raised),
        }
