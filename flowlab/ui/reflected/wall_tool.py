"""Drawing walls on the canvas: a free stroke, or the corners of a polygon one by one.

The tool takes the pencil's place on the canvas.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter

from flowlab.core.array_types import Doubles, Floats
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import Theme
from flowlab.ui.base.keyboard import COMMANDS, ENTER
from flowlab.ui.reflected.wall_sheet import paint_ground, paint_hint, paint_unfinished
from flowlab.ui.tools.trace import Trace

Point = tuple[float, float]

CLICK_PX, CLOSE_PX, SPACING_PX = 5.0, 11.0, 2.0
MOST_CORNERS = 300
HINT = (
    "{}: drag a closed stroke, or click its corners  ·  Enter or the first corner: close  ·  "
    "Backspace: one back  ·  Esc: cancel"
)
LEFT = Qt.MouseButton.LeftButton
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class WallTool(QObject):
    """Turns gestures into one closed outline; `drawn` carries its points."""

    changed = Signal()  # the overlay is out of date
    drawn = Signal(object, bool)  # (n, 2) float64; True if it is a free stroke
    zoomed = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.camera, self.width, self.height = Camera(), 1, 1
        self.title = "Walls"
        self.rings: tuple[Doubles, ...] = ()  # the walls that there are
        self.cloud: Floats = np.zeros((0, 2), np.float32)  # of the target
        self.corners: list[Point] = []
        self.cursor: Point | None = None
        self.trace: Trace | None = None  # of a free stroke
        self._from: Point | None = None  # the pixel of the press

    def begin(self, camera: Camera, width: int, height: int) -> None:
        """Set how pixels map to the plane; must be called whenever that changes."""
        self.camera, self.width, self.height = camera, max(1, width), max(1, height)

    @property
    def pixel(self) -> float:
        """The width of a pixel, in units of the plane."""
        return 1 / self.camera.scale(self.height)

    @property
    def busy(self) -> bool:
        """True while Escape has something to cancel."""
        return bool(self.corners) or self.trace is not None

    @property
    def closes(self) -> bool:
        """True if a click here would close the polygon."""
        if len(self.corners) < 3 or self.cursor is None:
            return False
        return math.dist(self.corners[0], self.cursor) < CLOSE_PX * self.pixel

    # pointer

    def press(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,  # noqa: ARG002  # as the pencil's
        buttons: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,  # noqa: ARG002
    ) -> None:
        """Begin a stroke, or a click."""
        if not buttons & LEFT or self._from is not None:
            return
        self._from, self.cursor = (x, y), self._plane(x, y)
        if not self.corners:
            self.trace = Trace(SPACING_PX * self.pixel)
            self.trace.add(*self.cursor, 1.0)
        self.changed.emit()

    def move(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,  # noqa: ARG002
        buttons: Qt.MouseButton = LEFT,  # noqa: ARG002
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,  # noqa: ARG002
    ) -> None:
        """Continue the stroke, or hover."""
        self.cursor = self._plane(x, y)
        if self.trace is not None:
            self.trace.add(*self.cursor, 1.0)
        self.changed.emit()

    def release(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,
        buttons: Qt.MouseButton = Qt.MouseButton.NoButton,
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,
    ) -> None:
        """End the stroke; a press without movement is a corner."""
        if self._from is None:
            return
        self.move(x, y, pressure, buttons, modifiers)
        trace, self.trace = self.trace, None
        begun, self._from = self._from, None
        if trace is not None and self._is_stroke(trace, begun):
            trace.add(*self._plane(x, y), 1.0, last=True)
            self.drawn.emit(trace.points[:, :2].copy(), True)
        else:
            self._add_corner(self._plane(x, y))
        self.changed.emit()

    def double_click(self, x: float, y: float) -> None:
        """Close the polygon, whose last corner the first of both clicks has put down."""
        if not self.close_polygon():
            self.press(x, y)

    def wheel(self, delta: float) -> None:
        """Zoom; 120 is one notch."""
        self.zoomed.emit(1.0015**delta)

    def _is_stroke(self, trace: Trace, begun: Point) -> bool:
        away = np.abs(trace.points[:, :2] - self._plane(*begun)).max()
        return bool(away >= CLICK_PX * self.pixel)

    def _add_corner(self, at: Point) -> None:
        if self.closes:
            self.close_polygon()
            return
        twice = bool(self.corners) and math.dist(self.corners[-1], at) <= self.pixel
        if not twice and len(self.corners) < MOST_CORNERS:
            self.corners.append(at)

    def close_polygon(self) -> bool:
        """Finish the polygon of the corners; False if there are fewer than three."""
        if len(self.corners) < 3:
            return False
        corners, self.corners = np.array(self.corners), []
        self.drawn.emit(corners, False)
        self.changed.emit()
        return True

    def drop_corner(self) -> bool:
        """Take the last corner back, or drop the stroke under way; False if nothing is begun."""
        if not self.busy:
            return False
        if self.corners:
            self.corners.pop()
            self.changed.emit()
        else:
            self.cancel()
        return True

    def cancel(self) -> None:
        """Drop what is begun."""
        self.corners, self.trace, self._from = [], None, None
        self.changed.emit()

    # keys

    def wants(self, event: QKeyEvent) -> bool:
        """Return True if `key` would use this event, so that no shortcut takes it first."""
        if event.modifiers() & COMMANDS:
            return False
        key = Qt.Key(event.key())
        if key in ENTER:
            return bool(self.corners)
        back = key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        return self.busy and (back or key == Qt.Key.Key_Escape)

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key; return False if it has no use here."""
        if event.type() == QEvent.Type.KeyRelease or not self.wants(event):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in ENTER:
            self.close_polygon()
        else:
            self.drop_corner()
        return True

    # painting

    def paint_overlay(
        self, painter: QPainter, camera: Camera, width: int, height: int, theme: Theme
    ) -> None:
        """Draw the walls that there are, the target, and the walls under way."""
        self.begin(camera, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rings = [self._screen(ring) for ring in self.rings]
        paint_ground(painter, width, height, theme, rings, self._screen(self.cloud))
        paint_unfinished(
            painter, theme, self._screen(self._path()), bool(self.corners), self.closes
        )
        paint_hint(painter, width, theme, HINT.format(self.title))
        painter.restore()

    def _path(self) -> Doubles:
        """What is drawn so far (n, 2), up to the cursor."""
        if self.trace is not None:
            return self.trace.points[:, :2]
        if not self.corners or self.cursor is None or self.closes:
            return np.array(self.corners).reshape(-1, 2)
        return np.array([*self.corners, self.cursor])

    def _plane(self, x: float, y: float) -> Point:
        return self.camera.to_plane(x, y, self.width, self.height)

    def _screen(self, places: Floats | Doubles) -> Floats:
        return self.camera.to_screen(places.astype(np.float32), self.width, self.height)
