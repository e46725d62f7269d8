"""Drags q on the picture: its top moves it, its flanks widen it."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from flowlab.core.diffusion.latent_picture import is_latent, pictured
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.scene.diffusion.latent import BellAxes, Grips, grips_of
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.room.story import Place
from flowlab.ui.state.document_store import DocumentStore

VIEW = "latent_model"
REACH = 14.0  # px
FARTHEST, NARROWEST, WIDEST = 6.0, 0.05, 5.0  # limits of q's settings
KEY_ROWS = (KeyRow("Drag", "Latent: the top of q, or its flank"),)


class LatentHandles(QObject):
    """The grips of q while its view is open; each drag is one undo step."""

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store = canvas, store
        self.held: str | None = None  # "top", "left" or "right"
        self._axes: BellAxes | None = None  # when it was taken hold of: they move with q
        self._mouse = QPointF()
        self._away = 0.0  # of q's mean from where its top is held
        store.changed.connect(lambda _, document: self._follow(document))
        canvas.installEventFilter(self)
        self._follow(store.document)

    @property
    def settings(self) -> Diffusion:
        """The document's q."""
        return self.store.document.diffusion

    def _follow(self, document: Document) -> None:
        """Take the canvas's drags in this view, and in no other."""
        if document.view.name == VIEW:
            self.canvas.handles = self
        elif self.canvas.handles is self:
            self.canvas.handles = self.held = None
            self._show(None)
            self.canvas.unsetCursor()

    # gestures; the view has axes of its own, so that places of the plane say nothing

    def grab(self, place: Place, pixel: float) -> bool:  # noqa: ARG002
        """Take hold of the top or a flank of q, if it is within reach of the mouse."""
        axes = self._known_axes()
        self.held = None if axes is None else self._at(axes)
        if axes is None or self.held is None:
            return False
        self._axes, self._away = axes, self.settings.q_mean - axes.z(self._mouse.x())
        self.store.settle()
        self._show(self.held)
        return True

    def drag(self, place: Place) -> None:  # noqa: ARG002
        """Move what is held."""
        if self.held is None or self._axes is None:
            return
        settings, z = self.settings, self._axes.z(self._mouse.x())
        if self.held == "top":
            mean = min(max(z + self._away, -FARTHEST), FARTHEST)
            self._edit(replace(settings, q_mean=round(mean, 3)), "Move q", "q mean")
            return
        away = z - settings.q_mean if self.held == "right" else settings.q_mean - z
        deviation = min(max(away, NARROWEST), WIDEST)
        self._edit(replace(settings, q_deviation=round(deviation, 3)), "Widen q", "q deviation")

    def release(self, place: Place, *, moved: bool) -> None:  # noqa: ARG002
        """Let go."""
        self.held = self._axes = None
        self.store.settle()

    def remove(self, place: Place, pixel: float) -> bool:  # noqa: ARG002
        """Return False: a right click opens the menu."""
        return False

    def _edit(self, settings: Diffusion, words: str, key: str) -> None:
        self.store.edit(replace(self.store.document, diffusion=settings), words, key)

    # what lies where

    def _known_axes(self) -> BellAxes | None:
        """The axes as they are drawn; None while there is no such picture."""
        canvas = self.canvas
        if not is_latent(canvas.bundle):
            return None
        try:
            found = pictured(self.settings)
        except Invalid:
            return None
        return BellAxes.of(canvas.width(), canvas.height(), found, canvas.frame().caption)

    def _at(self, axes: BellAxes) -> str | None:
        """The grip nearest to the mouse, if one is within reach."""
        at = self._mouse.x(), self._mouse.y()
        places = grips_of(self.settings, axes)
        near = min(places, key=lambda name: math.dist(at, places[name]))
        return near if math.dist(at, places[near]) <= REACH else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Know the mouse's pixel, and show what can be dragged there."""
        if watched is not self.canvas or self.canvas.handles is not self:
            return False
        if isinstance(event, QMouseEvent):
            self._mouse = event.position()
            if self.held is None:
                axes = self._known_axes()
                self._show(None if axes is None else self._at(axes))
        elif event.type() == QEvent.Type.Leave and self.held is None:
            self._show(None)
        return False

    def _show(self, name: str | None) -> None:
        """Light the grip below the mouse, and shape the cursor."""
        own = name is not None or isinstance(self.canvas.room_state, Grips)
        if own:
            self.canvas.show_room_state(None if name is None else Grips(name))
        if self.canvas.handles is self:
            shape = Qt.CursorShape.ArrowCursor if name is None else Qt.CursorShape.SizeHorCursor
            self.canvas.setCursor(shape)
