"""The schedules of a path against t, with knots to edit those of a custom path."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent

from flowlab.core.document.fresh import STARTS_OVER
from flowlab.core.document.limits import Invalid
from flowlab.core.document.path_checks import LEAST_GAP, MOST_KNOTS
from flowlab.core.document.paths import Path
from flowlab.ui.base.controls import PAUSE_MS, KeyKeeper
from flowlab.ui.plots.path_lines import FIELDS, PathLines, Place

__all__ = ["FIELDS", "PathCurves"]

REACH = 11.0  # px, from a knot's centre within which it can be grabbed
STEP = 0.01  # for an arrow key
ENDS = (((0.0, 1.0), (1.0, 0.0)), ((0.0, 0.0), (1.0, 1.0)))
TIP = (
    "From t = 0 at the left to 1 at the right: a, the weight of the source point, b, that of the "
    "target point, and γ, that of the fresh noise, in x_t = a(t) x₀ + b(t) x₁ + γ(t) z"
)
EDIT_TIP = (
    f"{TIP}. Drag a knot of a or b; double-click adds one, or removes the one under the pointer. "
    f"Keys: page up and down choose a knot, arrows move it, Delete removes it. {STARTS_OVER}"
)
ARROWS = {
    Qt.Key.Key_Left: (-STEP, 0.0),
    Qt.Key.Key_Right: (STEP, 0.0),
    Qt.Key.Key_Down: (0.0, -STEP),
    Qt.Key.Key_Up: (0.0, STEP),
}
TURNS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
REMOVALS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class PathCurves(PathLines):
    """A plot of schedules that edits the knots of a custom path by mouse and keys.

    An edit begins a new training, so a drag is one edit, and so are steps by keys without a pause.
    """

    edited = Signal(object)  # Path
    settled = Signal()

    def __init__(self, path: Path) -> None:
        self._known, self._waits = path, False  # the document's path; another one is shown
        super().__init__(path)
        KeyKeeper(self, [*ARROWS, *TURNS, *REMOVALS])
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._take)

    def show_path(self, path: Path) -> None:
        """Draw this path and allow edits if it is a custom one; without a signal."""
        if self._waits and path == self._known:
            return  # the same document again, in the middle of an edit
        self._known, self._waits = path, False
        super().show_path(path)
        custom, focus = path.kind == "custom", Qt.FocusPolicy
        self.setFocusPolicy(focus.StrongFocus if custom else focus.TabFocus)
        self.setToolTip(EDIT_TIP if custom else TIP)

    def knot_at(self, spot: QPointF) -> Place | None:
        """Return the nearest knot within reach of a point."""
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
        """Move a knot as near to (t, height) as its neighbours allow."""
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
            return False  # no valid place in between: the knot stays at the last valid one
        if path != self.path:
            super().show_path(path)
            self._waits = True
        return True

    def _take(self) -> None:
        """Edit the path that is shown."""
        self._pause.stop()
        if self._waits:
            self._waits = False
            if self.path != self._known:
                self.edited.emit(self.path)
                self.settled.emit()

    def _add(self, spot: QPointF) -> None:
        """Add a knot on the nearest curve, at the t of a point."""
        t, height = self.place(spot)
        now = [float(np.interp(t, self._t, self._values[curve])) for curve in (0, 1)]
        curve = int(np.argmin([abs(y - height) for y in now]))
        knots = sorted([*self.knots(curve), (t, now[curve])])
        if len(knots) <= MOST_KNOTS and self._put(curve, knots):
            self._take()

    def _remove(self, place: Place) -> None:
        curve, k = place
        knots = list(self.knots(curve))
        if len(knots) > 1:
            del knots[k]
            self._put(curve, knots)
            self._take()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Grab a knot."""
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
        """Drag the grabbed knot, or show which one can be grabbed."""
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

    def pointed(self, pixel: QPointF | None) -> None:
        """Show the values under the cursor unless it drags a knot."""
        super().pointed(None if self._grip else pixel)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Release the knot: the whole drag is one edit."""
        super().mouseReleaseEvent(event)
        if self._grip is not None:
            self._grip = None
            self._show_knots()
            self._take()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Add a knot, or remove the one under the pointer; for other paths show the whole plot."""
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
        """Select, move and remove knots."""
        key = Qt.Key(event.key())
        if self.path.kind == "custom" and key in TURNS:
            self._turn(TURNS[key])
        elif self.chosen is not None and key in ARROWS:
            curve, k = self.chosen
            t, y = self.knots(curve)[k]
            self._move(self.chosen, t + ARROWS[key][0], y + ARROWS[key][1])
            self._pause.start()
        elif self.chosen is not None and key in REMOVALS:
            self._remove(self.chosen)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Leave no edit waiting where it isn't seen."""
        super().hideEvent(event)
        self._take()

    def _turn(self, way: int) -> None:
        places = [(curve, k) for curve in (0, 1) for k in range(len(self.knots(curve)))]
        at = places.index(self.chosen) + way if self.chosen in places else 0
        self.chosen = places[at % len(places)]
        self._show_knots()
