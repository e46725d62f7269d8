"""The noise level over time as a plot, which edits the points of a drawn one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from flowlab.core.array_types import Floats
from flowlab.core.stochastic.settings import LEAST_GAP, MOST_LEVEL, MOST_LEVEL_POINTS, LevelPoint
from flowlab.scene.base.style import Theme
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.theme import colour
from flowlab.ui.base.ticks import ticks
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot

HEIGHT, KNOT, REACH = 96, 9.0, 11.0  # px: of the plot, of a point, and within which it is grabbed
SIDES, ABOVE = 0.03, 1.25  # margins of t, and of the largest value
STEPS = {
    Qt.Key.Key_Left: (-0.01, 0.0),
    Qt.Key.Key_Right: (0.01, 0.0),
    Qt.Key.Key_Down: (0.0, -0.05),
    Qt.Key.Key_Up: (0.0, 0.05),
}
TURNS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
REMOVALS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
TIP = "ε(t) / ε from t = 0 at the left to t = 1; choose “drawn curve” at the left to change it"
EDIT_TIP = (
    "ε(t) / ε. Click adds a point, drag moves one, right click removes it. After Tab: page up and "
    "down choose a point, arrows move it, Delete removes it"
)


class LevelPlot(Plot):
    """The level against t; while it is a drawn curve, its points can be moved.

    Every move is an edit of its own, so that the picture follows; `settled` ends a gesture.
    """

    edited = Signal(object)  # tuple of points (t, value)
    settled = Signal()
    legend_saved = False
    zooms = (False, False)  # a click adds a point

    def __init__(self) -> None:
        self.points: tuple[LevelPoint, ...] | None = None  # None if it isn't a drawn curve
        self.chosen: int | None = None  # the point that keys move
        self._grip: int | None = None  # the point that is dragged
        self._hover: int | None = None
        self._removing = False  # True from a right click on a point until its menu is asked for
        self._top = 1.0
        super().__init__("ε(t) / ε", "t", height=HEIGHT, margins=(28, 4, 4, 18), legend=False)
        self.dots = pg.ScatterPlotItem(pxMode=True, antialias=True)
        self.dots.setZValue(850)
        self.view_box.addItem(self.dots, ignoreBounds=True)
        self.setAccessibleName("Noise level ε(t) / ε against t")
        KeyKeeper(self, [*STEPS, *TURNS, *REMOVALS])

    def show_level(self, t: Floats, values: Floats, *, drawn: bool) -> None:
        """Draw a level; its points can be edited if it is `drawn`."""
        points = tuple(zip(t.tolist(), values.tolist(), strict=True)) if drawn else None
        if self._grip is None and len(points or ()) != len(self.points or ()):
            self.chosen = self._hover = None
        self.points = points
        if self._grip is None:  # while a point is dragged the axis stays
            self._top = max(1.0, ABOVE * float(values.max()))
        self.show_curves(
            Curve("ε(t) / ε", t, values, "learned"),
            spans=((-SIDES, 1 + SIDES), (-0.06 * self._top, 1.02 * self._top)),
        )
        self.setToolTip(EDIT_TIP if drawn else TIP)
        self.setAccessibleDescription(self.words())
        self._show_points()

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return two or three ticks, from 0."""
        return ticks(low, high, 3, apart=self.upright_apart)

    def point_at(self, spot: QPointF) -> int | None:
        """Return the nearest point within reach of a pixel."""
        away = [math.hypot(*(self.spot(*p) - spot).toTuple()) for p in self.points or ()]
        nearest = int(np.argmin(away)) if away else 0
        return nearest if away and away[nearest] <= REACH else None

    # edits

    def _put(self, points: list[LevelPoint]) -> None:
        rounded = tuple((round(t, 4), round(value, 4)) for t, value in points)
        if rounded != self.points:
            self.edited.emit(rounded)

    def _move(self, k: int, t: float, value: float) -> None:
        """Move a point as near to (t, value) as its neighbours allow; the ends stay at their t."""
        points = list(self.points or ())
        if k in (0, len(points) - 1):
            t = points[k][0]
        else:
            t = min(max(t, points[k - 1][0] + LEAST_GAP), points[k + 1][0] - LEAST_GAP)
        points[k] = t, min(max(value, 0.0), MOST_LEVEL)
        self._put(points)

    def _add(self, t: float, value: float) -> int | None:
        """Add a point and return its number; None where there is no room for it."""
        points = list(self.points or ())
        k = sum(each[0] < t for each in points)
        free = 0 < k < len(points) and (
            t - points[k - 1][0] >= LEAST_GAP and points[k][0] - t >= LEAST_GAP
        )
        if not free or len(points) >= MOST_LEVEL_POINTS:
            return None
        points.insert(k, (t, min(max(value, 0.0), MOST_LEVEL)))
        self._grip = self.chosen = k
        self._put(points)
        return k

    def _remove(self, k: int) -> None:
        points = list(self.points or ())
        if k not in (0, len(points) - 1):
            del points[k]
            self.settled.emit()
            self._put(points)
            self.settled.emit()

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Grab a point, or add one; the right button removes one."""
        if self.points is None:
            super().mousePressEvent(event)
            return
        k = self.point_at(event.position())
        self._removing = event.button() == Qt.MouseButton.RightButton and k is not None
        if self._removing and k is not None:
            self._remove(k)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.settled.emit()
            self.readout.show(None)
            QToolTip.hideText()
            if k is None and self.box().contains(event.position()):
                k = self._add(*self.place(event.position()))
            self._grip = k
            self.chosen = self.chosen if k is None else k
            self._show_points()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Drag the grabbed point, or show which one can be grabbed."""
        if self._grip is not None:
            self._move(self._grip, *self.place(event.position()))
            return
        super().mouseMoveEvent(event)
        hover = self.point_at(event.position())
        if hover != self._hover:
            self._hover = hover
            shape = Qt.CursorShape.ArrowCursor if hover is None else Qt.CursorShape.OpenHandCursor
            self.setCursor(shape)
            self._show_points()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Release the point: the whole drag is one step of the history."""
        super().mouseReleaseEvent(event)
        if self._grip is not None:
            self._grip = None
            self.settled.emit()
            t, values = np.array(self.points, float).T
            self.show_level(t, values, drawn=True)  # the axis may change now

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Take both clicks as clicks."""
        self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # Qt's name
        """Open the menu, unless the click was meant for a point."""
        if not self._removing:
            super().contextMenuEvent(event)
        self._removing = False

    def pointed(self, pixel: QPointF | None) -> None:
        """Show the values under the cursor unless it drags a point."""
        super().pointed(None if self._grip is not None else pixel)

    def viewportEvent(self, event: QEvent) -> bool:  # Qt's name
        """Show the tooltip below the plot, where it covers no point, and none during a drag."""
        if event.type() != QEvent.Type.ToolTip or self.points is None:
            return super().viewportEvent(event)
        if self._grip is None:
            below = self.mapToGlobal(QPoint(0, self.height()))
            QToolTip.showText(below, self.toolTip(), self)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Choose, move and remove points."""
        key, points = Qt.Key(event.key()), self.points or ()
        if points and key in TURNS:
            at = TURNS[key] + (self.chosen if self.chosen is not None else -TURNS[key])
            self.chosen = at % len(points)
            self._show_points()
        elif points and self.chosen is not None and key in STEPS:
            t, value = points[self.chosen]
            self._move(self.chosen, t + STEPS[key][0], value + STEPS[key][1])
        elif points and self.chosen is not None and key in REMOVALS:
            self._remove(self.chosen)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show which point the keys move."""
        super().focusInEvent(event)
        self._show_points()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """End the gesture of the keys."""
        super().focusOutEvent(event)
        self.settled.emit()
        self._show_points()

    # drawing

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        if hasattr(self, "dots"):  # created after the plot
            self._show_points()

    def _show_points(self) -> None:
        self.dots.setData(spots=[self._dot(k, p) for k, p in enumerate(self.points or ())])

    def _dot(self, k: int, point: LevelPoint) -> dict[str, Any]:
        """Return a ring; filled if grabbed or hovered, coloured differently if keys move it."""
        theme, ink = self.theme, colour(self.theme.learned)
        held, chosen = k in (self._grip, self._hover), k == self.chosen and self.hasFocus()
        return {
            "pos": point,
            "size": KNOT + 3.0 * held,
            "pen": pg.mkPen(colour(theme.text) if chosen else ink, width=2),
            "brush": ink if held else colour(theme.raised),
        }
