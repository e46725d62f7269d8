"""The drawing tool: turns presses, drags and keys into strokes, independently of the widget."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from flowlab.core.array_types import Doubles
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import Theme
from flowlab.ui.tools import pencil_overlay
from flowlab.ui.tools.pencil_keys import PencilKeys
from flowlab.ui.tools.select_tool import rectangle
from flowlab.ui.tools.sketch import DRAG_PX, SNAP_DEGREES, Sketch
from flowlab.ui.tools.trace import Point

FREE = ("brush", "eraser", "spray")
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class Pencil(Sketch):
    """Turns presses, drags and keys into strokes, with the tool that is chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keys = PencilKeys(self)

    # pointer

    def press(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,
        buttons: Qt.MouseButton = Qt.MouseButton.LeftButton,
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,
    ) -> None:
        """Start a gesture at this pixel."""
        if self.mode:
            return
        at = self._at(x, y, pressure)
        right = bool(buttons & Qt.MouseButton.RightButton)
        if right and self.corners:
            self.drop_corner()
            return
        self._keys.note_press()
        self.erasing = right
        if right and self.selection is not None:
            self.apply_selection()
        self._grip = at
        if right or self.tool in FREE:
            self._start_path("free", at)
        elif self.tool == "move":
            self._press_move(at, modifiers)
        else:
            self.mode = "line" if self.tool == "line" else "corner"
        self.changed.emit()

    def move(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,
        buttons: Qt.MouseButton = Qt.MouseButton.LeftButton,  # noqa: ARG002  # as `press`
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,
    ) -> None:
        """Continue the gesture, or hover."""
        at = self._at(x, y, pressure)
        if self.mode == "corner" and not self.corners and self._dragged(at):
            self._start_path("lasso", self._grip)
        if self.mode in ("free", "lasso", "region"):
            self._extend(at)
        elif self.mode == "line":
            self._show(self._line(at, modifiers))
        elif self.mode in ("shift", "turn"):
            self._drag_selection(at, modifiers)
        elif self.corners:
            self._show_corners()
        self.changed.emit()

    def release(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,  # noqa: ARG002  # a lifted pen presses no more
        buttons: Qt.MouseButton = Qt.MouseButton.NoButton,  # noqa: ARG002  # as `press`
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,
    ) -> None:
        """End the gesture."""
        at, mode, self.mode = self._at(x, y, self.pressure), self.mode, ""
        if mode in ("free", "lasso"):
            self._end_path(mode, at)
        elif mode == "line":
            self._finish(self._line(at, modifiers))
        elif mode == "corner":
            self._add_corner(at)
        elif mode in ("region", "rectangle"):
            self._end_region(mode, at)
        self.erasing = False
        self.changed.emit()

    def double_click(
        self, x: float, y: float, buttons: Qt.MouseButton = Qt.MouseButton.LeftButton
    ) -> None:
        """Close the polygon; for other tools, press once more."""
        if self.corners:
            self.close_polygon()
        elif self.tool != "polygon":
            self.press(x, y, 1.0, buttons)

    def leave(self) -> None:
        """Clear the cursor: the pointer has left the canvas."""
        self.cursor = None
        self.changed.emit()

    # keys

    def wants(self, event: QKeyEvent) -> bool:
        """Return True if `key` would use this event, so that no shortcut takes it first."""
        return self._keys.wants(event)

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key that was pressed or released; return False if it has no use here."""
        return self._keys.take(event)

    # select and move

    def _press_move(self, at: Point, modifiers: Qt.KeyboardModifier) -> None:
        adds = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self.mode = self.select.press(at, adds, self.pixel)
        if self.mode:
            return
        self.apply_selection(keep=adds)
        if self.region == "rectangle":
            self.mode = "rectangle"
        else:
            self._start_path("region", at)

    def _end_region(self, mode: str, at: Point) -> None:
        if mode == "rectangle":
            region = self.rectangle(at)
        else:
            assert self.trace is not None
            self.trace.add(*at, 1.0, last=True)
            region = self.trace.points[:, :2].copy()
        self.trace = None
        wide, high = np.ptp(region, axis=0) > DRAG_PX * self.pixel
        if len(region) > 2 and wide and high:
            self.select.choose((region,))
        elif not (wide or high):  # a click
            self.select.choose(self.select.pick(at))

    def rectangle(self, at: Point) -> Doubles:
        """Return the corners (4, 2) of the rectangle from the drag's start."""
        return rectangle(self._grip, at)

    @property
    def framing(self) -> bool:
        """True while a rectangle is being dragged."""
        return self.mode == "rectangle"

    def _drag_selection(self, at: Point, modifiers: Qt.KeyboardModifier) -> None:
        snap = SNAP_DEGREES if modifiers & Qt.KeyboardModifier.ShiftModifier else 0.0
        if self.mode == "shift" or self._dragged(at):
            self.select.drag(self.mode, self._grip, at, snap)
        if self.selection is not None and self.selection.moved:
            self._show(self._move_stroke(self.selection))

    # painting

    def paint_overlay(
        self, painter: QPainter, camera: Camera, width: int, height: int, theme: Theme
    ) -> None:
        """Draw the brush's circle, the open polygon, the selection and the mirror's axes."""
        pencil_overlay.paint(painter, self, camera, width, height, theme)
