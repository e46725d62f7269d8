"""Gestures of mouse and pen on the canvas: zoom, pan, pick, drag, and draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt, SignalInstance
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QTabletEvent, QWheelEvent

from flowlab.core.views.rows import resolve
from flowlab.scene.base import pick
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame

if TYPE_CHECKING:
    from flowlab.core.views.bundle import Bundle
    from flowlab.scene.base.camera import Camera
    from flowlab.scene.base.style import Theme
    from flowlab.ui.canvas.pair import Pair

DRAG_PX = 4  # shorter movements are a click


class Tool(Protocol):
    """What draws on the canvas with mouse, pen and keys, in place of watching."""

    def begin(self, camera: Camera, width: int, height: int, /) -> None:
        """Set how pixels map to the plane; called whenever that changes."""

    def press(
        self,
        x: float,
        y: float,
        pressure: float,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
        /,
    ) -> None:
        """Begin a gesture at a pixel."""

    def move(
        self,
        x: float,
        y: float,
        pressure: float,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
        /,
    ) -> None:
        """Continue the gesture, or hover."""

    def release(
        self,
        x: float,
        y: float,
        pressure: float,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
        /,
    ) -> None:
        """End the gesture."""

    def double_click(self, x: float, y: float, /) -> None:
        """Take a double click."""

    def wheel(self, delta: float, /) -> None:
        """Take a turn of the wheel."""

    def wants(self, event: QKeyEvent, /) -> bool:
        """Return True if `key` would use this event, so that no shortcut takes it first."""

    def key(self, event: QKeyEvent, /) -> bool:
        """Handle a key; return False if it has no use here."""

    def paint_overlay(
        self, painter: QPainter, camera: Camera, width: int, height: int, theme: Theme, /
    ) -> None:
        """Draw what is under way over the picture."""


class Handles(Protocol):
    """Things of a room on the picture that a person grabs, drags or puts down."""

    def grab(self, place: tuple[float, float], pixel: float) -> bool:
        """Take hold of what lies at a place of the plane; False if nothing does."""

    def drag(self, place: tuple[float, float]) -> None:
        """Move what is held."""

    def release(self, place: tuple[float, float], *, moved: bool) -> None:
        """Let go, or take a click at this place, where nothing was moved."""

    def remove(self, place: tuple[float, float], pixel: float) -> bool:
        """Remove what lies at a place, by a right click; False if nothing there can be removed."""


class Canvas(Protocol):
    """The canvas as gestures see and change it."""

    pencil: Tool | None
    handles: Handles | None
    bundle: Bundle | None
    probe: Bundle | None
    hover: int | None  # index of the hovered particle
    lens_held: bool

    @property
    def pinned(self) -> SignalInstance:
        """Emitted with the particle that is clicked."""

    @property
    def menu_wanted(self) -> SignalInstance:
        """Emitted with the pixel of a right click."""

    @property
    def pointed(self) -> SignalInstance:
        """Emitted with the cursor's place in the plane."""

    @property
    def probe_wanted(self) -> SignalInstance:
        """Emitted with the place to which a start point is dragged."""

    @property
    def probe_dropped(self) -> SignalInstance:
        """Emitted when the dragged path is removed."""

    @property
    def pair(self) -> Pair:
        """The pictures on the canvas."""

    @property
    def has_own_axes(self) -> bool:
        """True while the view shows no part of the plane, so that there is no camera."""

    def width(self) -> int:
        """Return the width in pixels."""

    def height(self) -> int:
        """Return the height in pixels."""

    def update(self) -> None:
        """Paint again soon."""

    def frame(self) -> Frame:
        """Return everything that the picture is drawn from, at present."""

    def current_camera(self) -> Camera:
        """Return the camera in use."""

    def take_camera(self, camera: Camera) -> None:
        """Use a camera chosen by the user."""

    def set_hover(self, index: int | None) -> None:
        """Set the hovered particle, or None."""

    def move_lens(self, at: QPointF) -> None:
        """Move the lens to a pixel of one picture."""

    def plane(self, at: QPointF) -> tuple[float, float]:
        """Return the place in the plane of a pixel of one picture."""

    def unit(self, at: QPointF) -> float:
        """Return the width of a pixel there, in units of the plane."""

    def start_position(self, at: QPointF) -> tuple[float, float]:
        """Return the plane position of a dragged start point."""


class Gestures:
    """Turns the canvas's events into its camera, its hovered particle, and its signals."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._press: QPointF | None = None
        self._grip: str | None = None  # what a drag moves: "plane", "start", "lens", "handle"
        self._dragging = False  # True once the movement is longer than a click's

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom about the cursor; while drawing, change the brush."""
        canvas = self.canvas
        if canvas.pencil is not None and not event.modifiers():
            canvas.pencil.wheel(event.angleDelta().y())
            canvas.update()
            return
        if canvas.has_own_axes:
            return
        about = canvas.plane(self._local(event.position()))
        canvas.take_camera(canvas.current_camera().zoomed(1.0015 ** event.angleDelta().y(), about))

    def press(self, event: QMouseEvent) -> None:
        """Grab a start point or the plane."""
        self._press, canvas = None, self.canvas
        at = self._local(event.position())
        if canvas.pencil is not None and event.button() != Qt.MouseButton.MiddleButton:
            canvas.pencil.press(at.x(), at.y(), 1.0, event.buttons(), event.modifiers())
            canvas.update()
            return
        self._press, self._dragging = at, False
        left = event.button() == Qt.MouseButton.LeftButton
        if left and canvas.lens_held:
            self._grip = "lens"
            canvas.move_lens(at)
        elif left and canvas.handles and canvas.handles.grab(canvas.plane(at), canvas.unit(at)):
            self._grip = "handle"
        else:
            self._grip = "start" if left and self._on_start(at) else "plane"

    def move(self, event: QMouseEvent) -> None:
        """Hover, or continue the drag."""
        canvas = self.canvas
        at = self._local(event.position())
        if canvas.pencil is not None and self._grip is None:
            canvas.pencil.move(at.x(), at.y(), 1.0, event.buttons(), event.modifiers())
            canvas.update()
            return
        if self._press is not None and self._grip != "lens":
            self._drag_to(at)
            return
        if canvas.lens_held:
            canvas.move_lens(at)
        else:
            self.hover_at(at)
        canvas.pointed.emit(None if canvas.has_own_axes else canvas.plane(at))

    def release(self, event: QMouseEvent) -> None:
        """End the drag; a press without movement is a click, which pins or opens the menu."""
        canvas = self.canvas
        at = self._local(event.position())
        if canvas.pencil is not None and self._grip is None:
            canvas.pencil.release(at.x(), at.y(), 1.0, event.buttons(), event.modifiers())
            canvas.update()
            return
        still = self._press is not None and not self._dragging and self._grip != "lens"
        left = event.button() == Qt.MouseButton.LeftButton
        if still and event.button() == Qt.MouseButton.RightButton:
            if not (canvas.handles and canvas.handles.remove(canvas.plane(at), canvas.unit(at))):
                canvas.menu_wanted.emit(at)
        elif canvas.handles is not None and (self._grip == "handle" or (still and left)):
            canvas.handles.release(canvas.plane(at), moved=self._dragging)
        elif still and left and canvas.hover is not None:
            canvas.pinned.emit(canvas.hover)
        elif still and canvas.probe is not None:
            canvas.probe = None
            canvas.probe_dropped.emit()
            canvas.update()
        self._press = self._grip = None

    def pen(self, event: QTabletEvent) -> None:
        """Draw with the pen's pressure; without a pencil, the pen acts as a mouse."""
        pencil = self.canvas.pencil
        if pencil is None:
            event.ignore()
            return
        at, pressure = event.position(), event.pressure()
        act = {
            QTabletEvent.Type.TabletPress: pencil.press,
            QTabletEvent.Type.TabletMove: pencil.move,
            QTabletEvent.Type.TabletRelease: pencil.release,
        }.get(event.type())
        if act is not None:
            act(at.x(), at.y(), pressure, event.buttons(), event.modifiers())
        event.accept()
        self.canvas.update()

    def hover_at(self, at: QPointF) -> None:
        """Find the particle under a pixel, in the one of several pictures that lies there."""
        place = self._place(at)
        drawing = drawing_of(place[0].view.name)
        if drawing.own_axes:
            self.canvas.set_hover(resolve(drawing.own_axes)(*place))
            return
        tiles = drawing.tiles(place[0])
        if tiles is None:
            self.canvas.set_hover(pick.nearest(*place))
            return
        frame, x, y, width, height = place
        found = tiles.frame_at(frame, width, height, x, y)
        if found is None:
            self.canvas.set_hover(None)
            return
        one, box = found
        self.canvas.set_hover(pick.nearest(one, x - box.x, y - box.y, box.width, box.height))

    def _local(self, at: QPointF) -> QPointF:
        return self.canvas.pair.local(at, self.canvas.width(), held=self._press is not None)

    def _place(self, at: QPointF) -> tuple[Frame, float, float, float, float]:
        canvas = self.canvas
        frame = canvas.pair.pointed(canvas.frame())
        return frame, at.x(), at.y(), canvas.pair.width(canvas.width()), canvas.height()

    def _on_start(self, at: QPointF) -> bool:
        """Return True if a path that can be dragged begins here; only flows have such paths."""
        bundle = self.canvas.bundle
        if bundle is None or not bundle.flows:
            return False
        place = self._place(at)
        if drawing_of(place[0].view.name).tiles(place[0]) is not None:
            return False
        return pick.on_probe(*place) or pick.nearest_start(*place) is not None

    def _drag_to(self, at: QPointF) -> None:
        assert self._press is not None
        canvas = self.canvas
        self._dragging |= (at - self._press).manhattanLength() >= DRAG_PX
        if not self._dragging:
            return
        if self._grip == "handle" and canvas.handles is not None:
            canvas.handles.drag(canvas.plane(at))
            return
        if canvas.has_own_axes:
            return
        if self._grip == "start":
            canvas.probe_wanted.emit(*canvas.start_position(at))
            return
        moved, self._press = at - self._press, at
        scale = canvas.unit(at)
        canvas.take_camera(canvas.current_camera().panned(-moved.x() * scale, moved.y() * scale))
