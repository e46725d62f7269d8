"""The drawing tool: turns presses, drags and keys into strokes, independently of the widget."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter

from flowlab.core.array_types import Doubles
from flowlab.core.document.shapes import CLASSES, TOOLS, Stroke
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import Theme
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.base.keyboard import COMMANDS, digit_of
from flowlab.ui.state.brush import Brush
from flowlab.ui.state.selection import Selection
from flowlab.ui.tools import pencil_overlay
from flowlab.ui.tools.select_tool import SelectTool, rectangle
from flowlab.ui.tools.trace import Trace, level, snapped

Point = tuple[float, float]

DRAG_PX, CLOSE_PX, SNAP_DEGREES = 4.0, 9.0, 15.0
FREE = ("brush", "eraser", "spray")
TOOL_KEYS = {
    Qt.Key.Key_B: "brush",
    Qt.Key.Key_E: "eraser",
    Qt.Key.Key_L: "line",
    Qt.Key.Key_P: "polygon",
    Qt.Key.Key_S: "spray",
    Qt.Key.Key_V: "move",
}
GROWTH = 1.15
SIZE_KEYS = {Qt.Key.Key_Up: GROWTH, Qt.Key.Key_Down: 1 / GROWTH}
BRACKETS = {"[": 1 / GROWTH, "]": GROWTH}
BRACKET_KEYS = {Qt.Key.Key_BracketLeft: 1 / GROWTH, Qt.Key.Key_BracketRight: GROWTH}
APPLY_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class Pencil(Brush):
    """Turns gestures into strokes; `stroked` carries one finished `Stroke` for each gesture."""

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
        self._mode = ""  # free, line, corner, lasso, region, rectangle, shift, turn
        self._grip: Point = (0.0, 0.0)
        self._held: str | None = None  # the tool to return to when E is released
        self._used_held = False

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
        return bool(self._mode or self.corners or self.selection)

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
        if self._mode:
            return
        at = self._at(x, y, pressure)
        right = bool(buttons & Qt.MouseButton.RightButton)
        if right and self.corners:
            self.corners.pop()
            self._show_corners()
            return
        self._used_held = True
        self.erasing = right
        if right and self.selection is not None:
            self.apply_selection()
        self._grip = at
        if right or self.tool in FREE:
            self._start_path("free", at)
        elif self.tool == "move":
            self._press_move(at, modifiers)
        else:
            self._mode = "line" if self.tool == "line" else "corner"
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
        if self._mode == "corner" and not self.corners and self._dragged(at):
            self._start_path("lasso", self._grip)
        if self._mode in ("free", "lasso", "region"):
            self._extend(at)
        elif self._mode == "line":
            self._show(self._line(at, modifiers))
        elif self._mode in ("shift", "turn"):
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
        at, mode, self._mode = self._at(x, y, self.pressure), self._mode, ""
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

    def _at(self, x: float, y: float, pressure: float) -> Point:
        self.pressure = min(max(pressure, 0.01), 1.0)
        self.cursor = self.camera.to_plane(x, y, self.width, self.height)
        return self.cursor

    def _dragged(self, at: Point) -> bool:
        return math.dist(self._grip, at) > DRAG_PX * self.pixel

    # keys

    def wants(self, event: QKeyEvent) -> bool:
        """Return True if `key` would use this event, so that no shortcut takes it first."""
        if event.matches(QKeySequence.StandardKey.Undo):
            return self.busy
        key = Qt.Key(event.key())
        if growth_of(event) is not None:
            return True
        if event.modifiers() & COMMANDS:
            return False
        open_ = key in (Qt.Key.Key_Escape, *APPLY_KEYS) and self.busy
        back = key == Qt.Key.Key_Backspace and bool(self.corners)
        return open_ or back or key in TOOL_KEYS or class_of(event) is not None

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key that was pressed or released; return False if it has no use here."""
        if event.type() == QEvent.Type.KeyRelease:
            return self._key_up(event)
        if not self.wants(event):
            return False
        if event.matches(QKeySequence.StandardKey.Undo):
            return self.undo()
        key, growth, label = Qt.Key(event.key()), growth_of(event), class_of(event)
        if growth is not None:
            self.set_size(self.size * growth)
        elif key in TOOL_KEYS:
            self._tool_key(key, event.isAutoRepeat())
        elif label is not None:
            self.set_label(label)
        elif key == Qt.Key.Key_Escape:
            self.cancel()
        elif key == Qt.Key.Key_Backspace:
            self.corners.pop()
            self._show_corners()
        else:
            self.finish()
        return True

    def _tool_key(self, key: Qt.Key, repeated: bool) -> None:
        if repeated or self._mode:
            return
        if key == Qt.Key.Key_E and self.tool != "eraser":
            self._held, self._used_held = self.tool, False
        if key == Qt.Key.Key_V and self.tool == "move":
            self.set_region("lasso" if self.region == "rectangle" else "rectangle")
        self.set_tool(TOOL_KEYS[key])

    def _key_up(self, event: QKeyEvent) -> bool:
        """Return to the earlier tool if the eraser was used while E was held."""
        if event.key() != Qt.Key.Key_E or event.isAutoRepeat():
            return False
        held, self._held = self._held, None
        if held is not None and self._used_held and self.tool == "eraser":
            if self._mode:  # the present stroke ends here
                assert self.cursor is not None
                mode, self._mode = self._mode, ""
                self._end_path(mode, self.cursor)
            self.set_tool(held)
        return True

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
            self.corners.pop()
            self._show_corners()
            self.changed.emit()
        else:
            self.cancel()
        return True

    def cancel(self) -> None:
        """Drop an open shape."""
        self._mode, self.trace, self.corners, self.erasing = "", None, [], False
        self.select.drop()
        self._show(None)
        self.changed.emit()

    def close_polygon(self) -> None:
        """Fill the polygon of the clicked corners; with fewer than three, do nothing."""
        if len(self.corners) >= 3:
            path, self.corners = level(self.corners), []
            self._finish(self.stroke("polygon", path))

    def apply_selection(self, *, keep: bool = False) -> None:
        """Apply the selection at its present place, and with `keep` select it there."""
        selection = self.selection
        self.select.drop()
        if selection is None:
            return
        self._finish(self._move_stroke(selection) if selection.moved else None)
        if keep:
            self.select.selection = selection.settled()

    # free paths: brush, eraser, spray, lasso

    def _start_path(self, mode: str, at: Point) -> None:
        self._mode = mode
        fine = max(self.size / 4, 2 * self.pixel) if mode == "free" else self.pixel
        self.trace = Trace(fine)
        self.trace.add(*at, self.pressure)
        if mode == "free":
            self.next_seed()
            self._show(self._path_stroke(mode))

    def _extend(self, at: Point) -> None:
        assert self.trace is not None
        self.trace.add(*at, self.pressure)
        if self._mode != "region":
            self._show(self._path_stroke(self._mode, (*at, self.pressure)))

    def _end_path(self, mode: str, at: Point) -> None:
        assert self.trace is not None
        self.trace.add(*at, self.pressure, last=True)
        stroke = self._path_stroke(mode)
        self.trace = None
        self._finish(stroke)

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

    def _show_corners(self) -> None:
        open_ = [*self.corners, self.cursor] if self.corners and self.cursor else self.corners
        self._show(self.stroke("polygon", level(open_)) if len(open_) > 2 else None)

    # select and move

    def _press_move(self, at: Point, modifiers: Qt.KeyboardModifier) -> None:
        adds = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self._mode = self.select.press(at, adds, self.pixel)
        if self._mode:
            return
        self.apply_selection(keep=adds)
        if self.region == "rectangle":
            self._mode = "rectangle"
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
        return self._mode == "rectangle"

    def _drag_selection(self, at: Point, modifiers: Qt.KeyboardModifier) -> None:
        snap = SNAP_DEGREES if modifiers & Qt.KeyboardModifier.ShiftModifier else 0.0
        if self._mode == "shift" or self._dragged(at):
            self.select.drag(self._mode, self._grip, at, snap)
        if self.selection is not None and self.selection.moved:
            self._show(self._move_stroke(self.selection))

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

    # painting

    def paint_overlay(
        self, painter: QPainter, camera: Camera, width: int, height: int, theme: Theme
    ) -> None:
        """Draw the brush's circle, the open polygon, the selection and the mirror's axes."""
        pencil_overlay.paint(painter, self, camera, width, height, theme)


def growth_of(event: QKeyEvent) -> float | None:
    """The factor by which a key changes the brush; None for other keys.

    A bracket counts however it is typed: with AltGr, which arrives as Ctrl and Alt, or Option.
    """
    modifiers, command = event.modifiers(), Qt.KeyboardModifier
    alt = bool(modifiers & command.AltModifier)
    if modifiers & command.MetaModifier or (modifiers & command.ControlModifier and not alt):
        return None
    bracket = BRACKETS.get(event.text(), BRACKET_KEYS.get(Qt.Key(event.key())))
    if bracket is not None:
        return bracket
    return None if alt else SIZE_KEYS.get(Qt.Key(event.key()))


def class_of(event: QKeyEvent) -> int | None:
    """The class, from 0, that a key of the row of digits chooses; None for other keys."""
    digit = digit_of(event)
    return digit - 1 if digit is not None and digit <= CLASSES else None


def key_rows() -> list[KeyRow]:
    """The keys and gestures of drawing."""
    tools = [KeyRow(_name(key), TOOLS[tool]) for key, tool in TOOL_KEYS.items()]
    return [
        *tools,
        KeyRow("E, held", "Erase in between, with any tool"),
        KeyRow("[  ]", "Smaller or larger brush"),
        KeyRow("Down  Up", "Smaller or larger brush, on every keyboard"),
        KeyRow("Wheel", "Smaller or larger brush"),
        KeyRow(f"1 … {CLASSES}", "Draw in this class"),
        KeyRow("Right button", "Erase; take back a corner of a polygon"),
        KeyRow("V again", "Select by a rectangle or by a lasso; a click picks a stroke"),
        KeyRow("Shift", "Lines and turns in steps of 15°; add to what is selected"),
        KeyRow("Double click", "Close the polygon"),
        KeyRow("Enter", "Close the polygon, or put down what is being moved"),
        KeyRow("Backspace", "Take back the last corner of the polygon"),
        KeyRow("Ctrl+Z", "Take back what is begun: a corner, or the selection"),
        KeyRow("Esc", "Drop what is begun; then stop drawing"),
    ]


def _name(key: Qt.Key) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
