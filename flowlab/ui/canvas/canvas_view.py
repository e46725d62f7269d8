"""The picture on the screen: paints the scene, and turns mouse gestures into wishes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
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

from flowlab.core.document.document import Document, View
from flowlab.core.views.bundle import Bundle
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
from flowlab.ui.canvas.gestures import Gestures
from flowlab.ui.canvas.pair import Pair
from flowlab.ui.state.frame_budget import FrameBudget

if TYPE_CHECKING:
    from flowlab.scene.base.box import Box
    from flowlab.ui.tools.line_tool import LineTool
    from flowlab.ui.tools.pencil import Pencil
    from flowlab.ui.tools.sheet import DrawingSheet

BLEND_SECONDS = 0.12  # new weights bend the picture over this long
DIMMED = 150  # of 255: how far the flow steps back behind a drawing


class CanvasView(QWidget):
    """Draws bundles at the play head's t; zooms, pans, picks, and drags start points."""

    first_painted = Signal()
    hovered = Signal(object)  # index of a particle, or None
    pinned = Signal(int)
    probe_wanted = Signal(float, float)  # a start point under the cursor, in the plane
    drawing_left = Signal()  # Escape, with no gesture to cancel
    lens_moved = Signal(float, float)  # in the plane, the layout's offset at t taken off
    pointed = Signal(object)  # where in the plane the cursor is, (x, y), or None
    probe_dropped = Signal()  # a click elsewhere: no path of one's own any more

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
        self.pencil: Pencil | LineTool | None = None
        self.sheet: DrawingSheet | None = None
        self.budget = budget or FrameBudget()  # what painting takes is told to it
        self._own_camera = False  # the person has zoomed or panned: leave it alone
        self._pair = Pair()
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
        """Room for a square picture."""
        return QSize(800, 720)

    # what is shown

    def show_bundle(self, bundle: Bundle | None, *, bend: bool = True) -> None:
        """Show another bundle; the same particles glide to their new places."""
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
        if not framed:
            self.camera = None
        self.update()

    def show_beside(self, bundle: Bundle | None, titles: tuple[str, str]) -> None:
        """Show another moment of training at the left, or one picture again."""
        if self._pair.show(bundle, titles) and not self._own_camera and self.pencil is None:
            self.camera = None
        self.update()

    @property
    def pair(self) -> Pair:
        """The pictures on the canvas; one, while a person draws."""
        return self._pair if self.pencil is None else Pair()

    def show_t(self, t: float) -> None:
        """Move to time t."""
        self.t = t
        self.update()

    def show_room_state(self, state: object) -> None:
        """Show what only the panels of the view's room decide."""
        if state != self.room_state:
            self.room_state = state
            self.update()

    @property
    def view(self) -> View:
        """Which view is shown, with which layers."""
        return self.document.view

    def show_document(self, document: Document) -> None:
        """Show another view, other layers, or another layout."""
        layout = self.shown_view.layout
        self.document = document
        if layout != self.shown_view.layout and not self._own_camera:
            self.camera = None
        self.update()

    def fit(self) -> None:
        """Show everything again."""
        self._own_camera, self.camera = False, None
        if self.pencil is not None:
            self.pencil.begin(self.current_camera(), self.width(), self.height())
        self.update()

    @property
    def moving(self) -> bool:
        """True while new weights are still bending the picture."""
        return self._before is not None

    @property
    def has_own_camera(self) -> bool:
        """True where the person has zoomed or panned."""
        return self._own_camera

    def _blend(self) -> float:
        return min(1.0, (time.perf_counter() - self._blend_start) / BLEND_SECONDS)

    def frame(self) -> Frame:
        """All that the picture is drawn from, now."""
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
            beside=self.pair.bundle,
            titles=self.pair.titles,
            caption=self.caption,
        )

    @property
    def shown_view(self) -> View:
        """The view in the layout that it is drawn in: what a person draws upon is one plane."""
        if self.pencil is not None:
            return replace(self.view, layout="overlay")
        return laid_out(self.view)

    def current_camera(self) -> Camera:
        """The camera in use, fitted to the window where the person has not chosen one."""
        if self.camera is None:
            if self.sheet is not None:
                half_width = self.sheet.drawing.half_width
                self.camera = sheet_camera(half_width, self.width(), self.height())
            else:
                width = self.pair.width(self.width())
                self.camera = fitted(self.bundle, self.shown_view, width, self.height())
        return self.camera

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Paint the scene, and the pencil's overlay over it while drawing."""
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
        """Fit again, unless the person has chosen a frame."""
        if not self._own_camera:
            self.camera = None
        if self.pencil is not None:
            self.pencil.begin(self.current_camera(), self.width(), self.height())

    # the pencil

    def start_drawing(self, pencil: Pencil | LineTool, sheet: DrawingSheet | None) -> None:
        """Let `pencil` have the mouse until `stop_drawing`; the flow steps back behind a sheet."""
        self.pencil, self.sheet = pencil, sheet
        self._own_camera, self.camera = False, None
        pencil.begin(self.current_camera(), self.width(), self.height())
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocus()
        self.update()

    def stop_drawing(self) -> None:
        """Back to watching."""
        self.pencil = self.sheet = None
        self.unsetCursor()
        self.fit()

    # the lens

    def hold_lens(self, on: bool) -> None:
        """Let the lens follow the mouse, or watch again."""
        self.lens_held, self.lens = on, None
        self.set_hover(None)
        self.update()

    def some_place(self) -> tuple[float, float]:
        """A point of the plane where there is something to be seen at t."""
        if self.bundle is None or not self.bundle.points.shape[1]:
            return 0.0, 0.0
        x, y = self.bundle.select(np.array([0])).at(self.t)[0].tolist()
        return (x, y) if np.isfinite(x + y) else (0.0, 0.0)

    def move_lens(self, at: QPointF) -> None:
        """Look through the lens at a pixel of one picture."""
        x, y = self.plane(at)
        dx, dy = plane_offset(self.shown_view, self.bundle, self.t)
        self.lens_moved.emit(x - dx, y - dy)

    # gestures

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Zoom about the cursor; while drawing, change the brush."""
        self.gestures.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Take hold of a start point or of the plane."""
        self.setFocus()
        self.gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Hover, or carry on with the drag."""
        self.gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """End the drag; a press that never moved is a click, and pins what is under it."""
        self.gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Fit the picture; while drawing, close the polygon."""
        if self.pencil is None:
            self.fit()
            return
        at = event.position()
        self.pencil.double_click(at.x(), at.y())
        self.update()

    def tabletEvent(self, event: QTabletEvent) -> None:  # Qt's name
        """A pen draws with its pressure; where nothing is drawn it is a mouse."""
        self.gestures.pen(event)

    def event(self, event: QEvent) -> bool:
        """While drawing, keys that the pencil wants are not the window's shortcuts."""
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and self.pencil and self.pencil.wants(event):
            event.accept()
            return True
        return super().event(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """A held eraser is let go."""
        if self.pencil is None or not self.pencil.key(event):
            super().keyReleaseEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """While drawing, keys belong to the pencil first."""
        if self.pencil is not None and self.pencil.key(event):
            self.update()
        elif self.pencil is not None and event.key() == Qt.Key.Key_Escape:
            self.drawing_left.emit()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEnterEvent) -> None:  # type: ignore[override]  # noqa: ARG002
        """Nothing is under the cursor any more."""
        self.set_hover(None)
        self.pointed.emit(None)

    # where things are

    def take_camera(self, camera: Camera) -> None:
        """Look from where the person wants to."""
        self.camera, self._own_camera = camera, True
        if self.pencil is not None:
            self.pencil.begin(camera, self.width(), self.height())
        self.update()

    def set_hover(self, index: int | None) -> None:
        """Another particle is under the cursor, or none."""
        if index != self.hover:
            self.hover = index
            self.hovered.emit(index)
            self.update()

    def plane(self, at: QPointF) -> tuple[float, float]:
        """The place in the plane of a pixel of one picture, or of one of the several in it."""
        width, height = self.pair.width(self.width()), self.height()
        camera, x, y = self.current_camera(), at.x(), at.y()
        part = self._part(at)
        if part is not None:
            camera, box = part
            x, y, width, height = x - box.x, y - box.y, round(box.width), round(box.height)
        return camera.to_plane(x, y, width, height)

    def unit(self, at: QPointF) -> float:
        """How many units of the plane a pixel there is wide."""
        part = self._part(at)
        if part is not None:
            return 2 * part[0].half_height / max(1.0, part[1].height)
        return 2 * self.current_camera().half_height / max(1, self.height())

    def _part(self, at: QPointF) -> tuple[Camera, Box] | None:
        """Of several pictures in one, that which a pixel is in: its camera and its place."""
        frame = self.frame()
        tiles = None if self.pencil else drawing_of(frame.view.name).tiles(frame)
        if tiles is None:
            return None
        size = self.pair.width(self.width()), self.height()
        return tiles.tile_at(frame, *size, at.x(), at.y(), self.devicePixelRatioF())

    def start_position(self, at: QPointF) -> tuple[float, float]:
        """The plane position of a dragged start point, the layout's offset taken off."""
        x, y = self.plane(at)
        start = 0.0 if self.bundle is None else self.bundle.start
        dx, dy = plane_offset(self.shown_view, self.bundle, start)
        return x - dx, y - dy
