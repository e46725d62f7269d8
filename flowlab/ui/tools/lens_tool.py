"""The lens: asks the engine which pairs pass through a point of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt
from PySide6.QtWidgets import QToolButton

from flowlab.core.views.lens import LensQuery
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.layers.lens import RIM
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.icons import set_icon
from flowlab.ui.base.widgets import BRIEF_MS

if TYPE_CHECKING:
    from flowlab.core.document.document import Document
    from flowlab.scene.base.camera import Camera
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.engine_link import EngineLink

MARGIN, BESIDE = 12, 4  # px from the canvas's edge, and from what is at its left
TIP = (
    "Lens (L): hover to see which pairs x₀, x₁ pass through a point, and the mean of them all, "
    "which is what a network learns"
)


class LensTool(QObject):
    """A button at the edge of the canvas, and the lens while it is on."""

    def __init__(self, canvas: CanvasView, link: EngineLink) -> None:
        super().__init__(canvas)
        self.why = ""  # no lens can look into the view shown; empty if one can
        self._canvas, self._link = canvas, link
        self._place: tuple[float, float] | None = None  # in the plane
        self._query: tuple[LensQuery, object] | None = None  # with the bundle shown then
        self._camera: Camera | None = None  # through which the place was chosen
        self.button = QToolButton(canvas)
        self.button.setCheckable(True)
        self.button.setToolTip(TIP)
        self.button.setToolTipDuration(BRIEF_MS)
        self.button.setAccessibleName("Lens")
        self.button.setIconSize(QSize(20, 20))
        self.button.setFixedSize(34, 34)
        self.button.setCursor(Qt.CursorShape.ArrowCursor)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(self.button, "lens")
        self.button.toggled.connect(self._switch)
        canvas.lens_moved.connect(self._move)
        canvas.installEventFilter(self)
        canvas.corner = MARGIN + self.button.width() + BESIDE
        self._settle()

    @property
    def on(self) -> bool:
        """True if the lens is on."""
        return self.button.isChecked()

    def toggle(self) -> None:
        """Switch the lens on or off, where there can be one."""
        if not self.why:
            self.button.toggle()

    def show_document(self, document: Document) -> None:
        """Switch off, and say why, in a view that no lens can look into."""
        self.why = drawing_of(document.view.name).why_no_lens(document)
        if self.why:
            self.button.setChecked(False)
        allow(self.button, self.why)

    def tick(self) -> None:
        """Send a query if something has changed, and show the newest answer, once a frame."""
        self.button.setVisible(self._canvas.pencil is None)
        if not self.on or self._link.engine is None or self._canvas.pencil is not None:
            return
        self._ask()
        answer = self._link.answer(LensQuery)
        if answer is not None and answer.value is not self._canvas.lens:
            self._canvas.lens = answer.value
            self._canvas.update()

    def _ask(self) -> None:
        canvas = self._canvas
        if self._camera != canvas.current_camera():  # another place lies under a resting mouse
            self._look()
        if self._place is None:
            self._place = canvas.some_place()
        radius = RIM * canvas.unit(QPointF(0, 0))
        query = LensQuery(*self._place, canvas.t, radius)
        if self._query is not None and self._query == (query, canvas.bundle):
            return
        self._query = (query, canvas.bundle)
        self._link.ask(query)

    def forget(self) -> None:
        """Drop the query and the answer, which are of another experiment."""
        self._query = self._place = self._canvas.lens = None

    def _switch(self, on: bool) -> None:
        self._canvas.hold_lens(on)
        self._query = None
        self._look()

    def _look(self) -> None:
        """Look where the mouse is, or on at the same place, if that is still in the picture."""
        self._camera = self._canvas.current_camera()
        if not self._canvas.lens_to_mouse() and not self._is_seen():
            self._place = None

    def _is_seen(self) -> bool:
        if self._place is None:
            return False
        at = self._canvas.lens_pixel(self._place)
        return self._canvas.rect().contains(at)

    def _move(self, x: float, y: float) -> None:
        self._place = (x, y)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay in the corner when the canvas is resized."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def _settle(self) -> None:
        self.button.move(self._canvas.width() - self.button.width() - MARGIN, MARGIN)
