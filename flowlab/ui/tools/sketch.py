"""What is open while drawing: a path, a polygon or a selection, and the stroke it becomes."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from flowlab.core.document.shapes import TOOLS, Stroke
from flowlab.scene.base.camera import Camera
from flowlab.ui.state.brush import Brush
from flowlab.ui.state.selection import Selection
from flowlab.ui.tools.select_tool import SelectTool
from flowlab.ui.tools.trace import Point, Trace, level, snapped

DRAG_PX, CLOSE_PX, SNAP_DEGREES = 4.0, 9.0, 15.0


class Sketch(Brush):
    """The gesture under way; `stroked` carries one finished `Stroke` for each."""

    stroked = Signal(object)  # Stroke
    preview = Signal(object)  # the unfinished Stroke, or None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.camera, self.width, self.height = Camera(), 1, 1
        self.cursor: Point | None = None
        self.pressure = 1.0
        self.erasing = False  # by the right button or while E is held
        self.trace: Trace | None = None
        self.corners: list[Point] = []
        self.select = SelectTool()
        self.unfinished: Stroke | None = None
        self.mode = ""  # free, line, corner, lasso, region, rectangle, shift, turn
        self._grip: Point = (0.0, 0.0)

    def set_tool(self, tool: str) -> None:
        """Choose another tool, after finishing what the last one left open."""
        if tool in TOOLS and tool != self.tool:
            self.finish()
            super().set_tool(tool)

    def begin(self, camera: Camera, width: int, height: int) -> None:
        """Set how pixels map to the plane; must be called whenever that changes."""
        self.camera, self.width, self.height = camera, max(1, width), max(1, height)

    @property
    def pixel(self) -> float:
        """The width of a pixel in units of the plane."""
        return 1.0 / self.camera.scale(self.height)

    @property
    def selection(self) -> Selection | None:
        """What is selected, if anything is."""
        return self.select.selection

    @property
    def busy(self) -> bool:
        """True while Escape has something to cancel."""
        return bool(self.mode or self.corners or self.selection)

    def _at(self, x: float, y: float, pressure: float) -> Point:
        self.pressure = min(max(pressure, 0.01), 1.0)
        self.cursor = self.camera.to_plane(x, y, self.width, self.height)
        return self.cursor

    def _dragged(self, at: Point) -> bool:
        return math.dist(self._grip, at) > DRAG_PX * self.pixel

    # free paths: brush, eraser, spray, lasso

    def _start_path(self, mode: str, at: Point) -> None:
        self.mode = mode
        fine = max(self.size / 4, 2 * self.pixel) if mode == "free" else self.pixel
        self.trace = Trace(fine)
        self.trace.add(*at, self.pressure)
        if mode == "free":
            self.next_seed()
            self._show(self._path_stroke(mode))

    def _extend(self, at: Point) -> None:
        assert self.trace is not None
        self.trace.add(*at, self.pressure)
        if self.mode != "region":
            self._show(self._path_stroke(self.mode, (*at, self.pressure)))

    def _end_path(self, mode: str, at: Point) -> None:
        assert self.trace is not None
        self.trace.add(*at, self.pressure, last=True)
        stroke = self._path_stroke(mode)
        self.trace = None
        self._finish(stroke)

    def break_off(self) -> None:
        """End the path under way, if there is one, where the pointer is."""
        if self.mode:
            assert self.cursor is not None
            mode, self.mode = self.mode, ""
            self._end_path(mode, self.cursor)

    def _path_stroke(
        self, mode: str, tip: tuple[float, float, float] | None = None
    ) -> Stroke | None:
        """Return the stroke so far, up to the pointer even if it is too near for a point."""
        assert self.trace is not None
        path = self.trace.points
        if tip is not None and math.dist(path[-1, :2], tip[:2]) > 1e-9:
            path = np.vstack([path, tip])
        if mode == "free":
            return self.stroke("eraser" if self.erasing else self.tool, path)
        return self.stroke("polygon", level(path)) if len(path) > 2 else None

    # line and polygon

    def _line(self, at: Point, modifiers: Qt.KeyboardModifier) -> Stroke | None:
        if not self._dragged(at):
            return None
        end = at
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            end = snapped(self._grip, at, SNAP_DEGREES)
        return self.stroke("line", np.array([(*self._grip, 1.0), (*end, 1.0)]))

    def _add_corner(self, at: Point) -> None:
        if len(self.corners) >= 3 and math.dist(self.corners[0], at) < CLOSE_PX * self.pixel:
            self.close_polygon()
            return
        if not self.corners or math.dist(self.corners[-1], at) > self.pixel:
            self.corners.append(at)
        self._show_corners()

    def drop_corner(self) -> None:
        """Take the last corner of the open polygon back."""
        self.corners.pop()
        self._show_corners()

    def _show_corners(self) -> None:
        open_ = [*self.corners, self.cursor] if self.corners and self.cursor else self.corners
        self._show(self.stroke("polygon", level(open_)) if len(open_) > 2 else None)

    def close_polygon(self) -> None:
        """Fill the polygon of the clicked corners; with fewer than three, do nothing."""
        if len(self.corners) >= 3:
            path, self.corners = level(self.corners), []
            self._finish(self.stroke("polygon", path))

    # open shapes

    def finish(self) -> None:
        """Apply an open shape: a polygon with three corners, or a moved selection."""
        if len(self.corners) >= 3:
            self.close_polygon()
        self.apply_selection()
        self.cancel()

    def undo(self) -> bool:
        """Drop what is open: a polygon's last corner, or the selection; False if nothing is."""
        if not self.busy:
            return False
        if len(self.corners) > 1:
            self.drop_corner()
            self.changed.emit()
        else:
            self.cancel()
        return True

    def cancel(self) -> None:
        """Drop an open shape."""
        self.mode, self.trace, self.corners, self.erasing = "", None, [], False
        self.select.drop()
        self._show(None)
        self.changed.emit()

    def apply_selection(self, *, keep: bool = False) -> None:
        """Apply the selection at its present place, and with `keep` select it there."""
        selection = self.selection
        self.select.drop()
        if selection is None:
            return
        self._finish(self._move_stroke(selection) if selection.moved else None)
        if keep:
            self.select.selection = selection.settled()

    def _move_stroke(self, selection: Selection) -> Stroke:
        path = level(selection.corners)
        shift_x, shift_y = selection.shift
        return self.stroke("move", path, shift_x=shift_x, shift_y=shift_y, turn=selection.turn)

    def _show(self, stroke: Stroke | None) -> None:
        if stroke is None and self.unfinished is None:
            return
        self.unfinished = stroke
        self.preview.emit(stroke)

    def _finish(self, stroke: Stroke | None) -> None:
        """Emit the finished stroke; the preview stays until the drawing contains it."""
        self.unfinished = None
        if stroke is not None:
            self.stroked.emit(stroke)
        self.preview.emit(None)
