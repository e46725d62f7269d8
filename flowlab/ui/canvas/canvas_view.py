"""The canvas: paints the scene, and turns mouse gestures into signals."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QCursor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.density_map import DensityMap, InterpolantDensity
from flowlab.core.views.lens import LensAnswer
from flowlab.scene import canvas
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame, smoothstep
from flowlab.scene.base.framing import fitted, laid_out
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import DARK
from flowlab.ui.canvas.bending import midway
from flowlab.ui.canvas.framing import same_ends, sheet_camera
from flowlab.ui.canvas.gestures import Gestures, Handles, Tool
from flowlab.ui.canvas.pair import Pair
from flowlab.ui.state.frame_budget import FrameBudget

if TYPE_CHECKING:
    from flowlab.scene.base.box import Box
    from flowlab.ui.tools.sheet import DrawingSheet

BLEND_SECONDS = 0.12  # duration of the transition to new weights
DIMMED = 150  # of 255: opacity of the flow behind a drawing


class CanvasView(QWidget):
    """The picture at the play head's t; zooms, pans, picks, and drags start points."""

    first_painted = Signal()
    hovered = Signal(object)  # index of a particle, or None
    pinned = Signal(int)
    probe_wanted = Signal(float, float)  # a start point under the cursor, in the plane
    drawing_left = Signal()  # Escape, without a gesture to cancel
    tool_changed = Signal()  # drawing has begun, with another tool perhaps, or ended
    lens_moved = Signal(float, float)  # in the plane, without the layout's offset at t
    pointed = Signal(object)  # the cursor's place in the plane, (x, y), or None
    probe_dropped = Signal()  # a click elsewhere removes the dragged path
    menu_wanted = Signal(QPointF)  # a right click at a pixel of one picture

    def __init__(self, budget: FrameBudget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bundle: Bundle | None = None
        self.document, self.theme, self.t, self.caption = Document(), DARK, 0.0, ""
        self.room_state: object = None  # see `Frame.room_state`
        self.camera: Camera | None = None
        self.pins: tuple[int, ...] = ()
        self.hover: int | None = None
        self.probe: Bundle | None = None
        self.lens: LensAnswer | None = None
        self.lens_held = False
        self.densities: tuple[DensityMap | None, DensityMap | None] = None, None  # of both ends
        self.interpolant: InterpolantDensity | None = None  # p_t, where the view draws it
        self.pencil: Tool | None = None
        self.handles: Handles | None = None  # of the view's room, on the picture
        self.sheet: DrawingSheet | None = None
        self.card_top = 0.0  # px at the top left that the switch of flows covers
        self.card_right = 0.0  # px at the top right that it covers
        self.corner = 0.0  # px from the right that a button at the top right covers
        self.bar_height = 0  # px at the top that the drawing tools cover
        self.budget = budget or FrameBudget()  # records the painting times
        self._own_camera = False  # True after the user has zoomed or panned
        self._pair = Pair()
        self._ends: tuple[Shape, Shape] | None = None  # of the bundle
        self._before: Bundle | None = None
        self._blend_start = 0.0
        self.gestures = Gestures(self)
        self._scratch = Scratch()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName("Picture of the flow")

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of a square picture."""
        return QSize(800, 720)

    # content

    def show_bundle(self, bundle: Bundle | None, *, bend: bool = True) -> None:
        """Show another bundle; its particles move smoothly to their new places."""
        same = (
            bend
            and bundle is not None
            and self.bundle is not None
            and bundle.points.shape[1:] == self.bundle.points.shape[1:]
        )
        framed = same_ends(self.bundle, bundle) or self._own_camera or self.pencil is not None
        share = smoothstep(self._blend())
        self._before = midway(self._before, self.bundle, share) if same and self.bundle else None
        self._blend_start = time.perf_counter()
        self.bundle = bundle
        self._ends = self.document.source, self.document.target
        if not framed:
            self.camera = None
        self.update()

    def show_beside(self, bundle: Bundle | None, titles: tuple[str, str]) -> None:
        """Show another moment of training at the left; None shows one picture again."""
        if self._pair.show(bundle, titles) and not self._own_camera and self.pencil is None:
            self.camera = None
        self.update()

    @property
    def pair(self) -> Pair:
        """The pictures on the canvas; only one while drawing."""
        return self._pair if self.pencil is None else Pair()

    def show_t(self, t: float) -> None:
        """Show time t."""
        self.t = t
        self.update()

    def show_room_state(self, state: object) -> None:
        """Show a state that only the panels of the view's room set."""
        if state != self.room_state:
            self.room_state = state
            self.update()

    @property
    def view(self) -> View:
        """The view that is shown, with its layers."""
        return self.document.view

    def show_document(self, document: Document) -> None:
        """Show another view, other layers, or another layout."""
        layout = self.shown_view.layout
        self.document = document
        if layout != self.shown_view.layout and not self._own_camera:
            self.camera = None
        self.update()

    def fit(self) -> None:
        """Fit the camera to the flow."""
        self._own_camera, self.camera = False, None
        if self.pencil is not None:
            self.pencil.begin(self.current_camera(), self.width(), self.height())
        self.update()

    @property
    def has_own_axes(self) -> bool:
        """True while the view shows no part of the plane, so that there is no camera."""
        return self.pencil is None and bool(drawing_of(self.view.name).own_axes)

    @property
    def moving(self) -> bool:
        """True during the transition to new weights."""
        return self._before is not None

    @property
    def has_own_camera(self) -> bool:
        """True after the user has zoomed or panned."""
        return self._own_camera

    def _blend(self) -> float:
        return min(1.0, (time.perf_counter() - self._blend_start) / BLEND_SECONDS)

    def frame(self) -> Frame:
        """Return everything that the picture is drawn from, at present."""
        blend = self._blend()
        if blend >= 1.0:
            self._before = None
        return Frame(
            bundle=self.bundle,
            t=self.t,
            document=replace(self.document, view=self.shown_view),
            room_state=self.room_state,
            theme=self.theme,
            camera=self.current_camera(),
            blend_from=self._before,
            blend=blend,
            pinned=self.pins,
            hovered=self.hover,
            probe=self.probe,
            lens=self.lens if self.lens_held else None,
            ends=self._ends,
            densities=self.densities,
            interpolant=self.interpolant,
            beside=self.pair.bundle,
            titles=self.pair.titles,
            caption=self.caption,
            card_top=self.card_top,
            card_right=self.card_right,
            corner=self.corner,
        )

    @property
    def shown_view(self) -> View:
        """The view in the layout it is drawn in: while drawing, both ends share one plane."""
        if self.pencil is not None:
            return replace(self.view, layout="overlay")
        return laid_out(self.view)

    def current_camera(self) -> Camera:
        """Return the camera in use, fitted to the window unless the user has chosen one."""
        if self.camera is None:
            if self.sheet is not None:
                half_width = self.sheet.drawing.half_width
                self.camera = sheet_camera(half_width, self.width(), self.height(), self.bar_height)
            else:
                width = self.pair.width(self.width())
                self.camera = fitted(self.bundle, self.shown_view, width, self.height())
        return self.camera

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Paint the scene, and the pencil's overlay while drawing."""
        start = time.perf_counter()
        painter = QPainter(self)
        size = (self.width(), self.height())
        dpr = self.devicePixelRatioF()
        canvas.paint(painter, *size, self.frame(), scratch=self._scratch, dpr=dpr)
        if self.sheet is not None:
            dimmed = QColor(*self.theme.canvas)
            dimmed.setAlpha(DIMMED)
            painter.fillRect(self.rect(), dimmed)
            self.sheet.paint(painter, self.current_camera(), *size, self.theme)
        if self.pencil is not None:
            self.pencil.paint_overlay(painter, self.current_camera(), *size, self.theme)
        painter.end()
        self.budget.painted(time.perf_counter() - start)
        if self.budget.count == 1:
            QTimer.singleShot(0, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002  # Qt's name
        """Fit the camera again, unless the user has chosen one."""
        if not self._own_camera:
            self.camera = None
        if self.pencil is not None:
            self.pencil.begin(self.current_camera(), self.width(), self.height())

    # pencil

    def start_drawing(self, pencil: Tool, sheet: DrawingSheet | None) -> None:
        """Send mouse events to `pencil` until `stop_drawing`; a sheet dims the flow."""
        self.pencil, self.sheet = pencil, sheet
        self._own_camera, self.camera = False, None
        pencil.begin(self.current_camera(), self.width(), self.height())
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocus()
        self.update()
        self.tool_changed.emit()

    def stop_drawing(self) -> None:
        """Return to watching."""
        self.pencil = self.sheet = None
        self.unsetCursor()
        self.fit()
        self.tool_changed.emit()

    # lens

    def hold_lens(self, on: bool) -> None:
        """Let the lens follow the mouse, or return to watching."""
        self.lens_held, self.lens = on, None
        self.set_hover(None)
        self.update()

    def some_place(self) -> tuple[float, float]:
        """Return a point of the plane where something is visible at t."""
        if self.bundle is None or not self.bundle.points.shape[1]:
            return 0.0, 0.0
        x, y = self.bundle.select(np.array([0])).at(self.t)[0].tolist()
        return (x, y) if np.isfinite(x + y) else (0.0, 0.0)

    def move_lens(self, at: QPointF) -> None:
        """Move the lens to a pixel of one picture."""
        x, y = self.plane(at)
        dx, dy = plane_offset(self.shown_view, self.bundle, self.t)
        self.lens_moved.emit(x - dx, y - dy)

    def lens_to_mouse(self) -> bool:
        """Move the lens to the mouse; return False if that isn't on the picture."""
        at = self.mapFromGlobal(QCursor.pos())
        if not self.underMouse() or not self.rect().contains(at):
            return False
        self.move_lens(self.pair.local(QPointF(at), self.width(), held=False))
        return True

    def lens_pixel(self, place: tuple[float, float]) -> QPoint:
        """The pixel of a place of the lens, in one picture."""
        offset = plane_offset(self.shown_view, self.bundle, self.t)
        moved = np.array([place], float) + np.array(offset)
        camera, width = self.current_camera(), self.pair.width(self.width())
        x, y = camera.to_screen(moved, width, self.height())[0].tolist()
        return QPoint(round(x), round(y))

    # gestures

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Zoom about the cursor; while drawing, change the brush."""
        self.gestures.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Grab a start point or the plane."""
        self.setFocus()
        self.gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Hover, or continue the drag."""
        self.gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """End the drag; a press without movement is a click, which pins the hovered particle."""
        self.gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Fit the picture; while drawing, close the polygon."""
        if self.pencil is None:
            self.fit()
            return
        at = event.position()
        self.pencil.double_click(at.x(), at.y())
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # Qt's name
        """Open the menu by its key; with the mouse, a right click that is no drag opens it."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.pencil is None:
            self.menu_wanted.emit(QPointF(self.rect().center()))
        event.accept()

    def tabletEvent(self, event: QTabletEvent) -> None:  # Qt's name
        """Draw with the pen's pressure; without a pencil, the pen acts as a mouse."""
        self.gestures.pen(event)

    def event(self, event: QEvent) -> bool:
        """Keep the pencil's keys from the window's shortcuts while drawing."""
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and self.pencil and self.pencil.wants(event):
            event.accept()
            return True
        return super().event(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Release a held eraser."""
        if self.pencil is None or not self.pencil.key(event):
            super().keyReleaseEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Offer keys to the pencil first while drawing."""
        if self.pencil is not None and self.pencil.key(event):
            self.update()
        elif self.pencil is not None and event.key() == Qt.Key.Key_Escape:
            self.drawing_left.emit()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEnterEvent) -> None:  # type: ignore[override]  # noqa: ARG002
        """Clear the hover: the cursor has left the canvas."""
        self.set_hover(None)
        self.pointed.emit(None)

    # positions

    def take_camera(self, camera: Camera) -> None:
        """Use a camera chosen by the user."""
        self.camera, self._own_camera = camera, True
        if self.pencil is not None:
            self.pencil.begin(camera, self.width(), self.height())
        self.update()

    def zoom(self, factor: float) -> None:
        """Enlarge the picture about its middle."""
        if self.has_own_axes:
            return
        camera = self.current_camera()
        self.take_camera(camera.zoomed(factor, (camera.centre_x, camera.centre_y)))

    def centre(self, place: tuple[float, float]) -> None:
        """Move a place of the plane to the middle of the picture."""
        camera = self.current_camera()
        self.take_camera(replace(camera, centre_x=place[0], centre_y=place[1]))

    def set_hover(self, index: int | None) -> None:
        """Set the hovered particle, or None."""
        if index != self.hover:
            self.hover = index
            self.hovered.emit(index)
            self.update()

    def plane(self, at: QPointF) -> tuple[float, float]:
        """Return the place in the plane of a pixel of one picture, or of one of several in it."""
        width, height = self.pair.width(self.width()), self.height()
        camera, x, y = self.current_camera(), at.x(), at.y()
        tile = self._tile_at(at)
        if tile is not None:
            camera, box = tile
            x, y, width, height = x - box.x, y - box.y, round(box.width), round(box.height)
        return camera.to_plane(x, y, width, height)

    def unit(self, at: QPointF) -> float:
        """Return the width of a pixel there, in units of the plane."""
        tile = self._tile_at(at)
        if tile is not None:
            return 2 * tile[0].half_height / max(1.0, tile[1].height)
        return 2 * self.current_camera().half_height / max(1, self.height())

    def _tile_at(self, at: QPointF) -> tuple[Camera, Box] | None:
        """Return the camera and the box of the tile that contains a pixel; None without tiles."""
        frame = self.frame()
        tiles = None if self.pencil else drawing_of(frame.view.name).tiles(frame)
        if tiles is None:
            return None
        size = self.pair.width(self.width()), self.height()
        return tiles.tile_at(frame, *size, at.x(), at.y(), self.devicePixelRatioF())

    def start_position(self, at: QPointF) -> tuple[float, float]:
        """Return the plane position of a dragged start point, without the layout's offset."""
        x, y = self.plane(at)
        start = 0.0 if self.bundle is None else self.bundle.start
        dx, dy = plane_offset(self.shown_view, self.bundle, start)
        return x - dx, y - dy
