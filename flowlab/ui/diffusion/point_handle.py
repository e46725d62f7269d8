"""The point that is led to another class: put down by a click on the picture, or dragged."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from flowlab.core.diffusion.settings import FARTHEST
from flowlab.core.document.document import Document
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.room.story import Place
from flowlab.ui.state.document_store import DocumentStore

REACH = 14.0  # px
VIEW = "counterfactual"

KEY_ROWS = (KeyRow("Click, drag", "What if: the point that is led"),)


class PointHandle(QObject):
    """The chosen point while its view is open; each drag is one undo step."""

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store = canvas, store
        store.changed.connect(lambda _, document: self._follow(document))
        self._follow(store.document)

    def _follow(self, document: Document) -> None:
        """Take the canvas's clicks and drags in this view, and in no other."""
        if document.view.name == VIEW:
            self.canvas.handles = self
        elif self.canvas.handles is self:
            self.canvas.handles = None

    def grab(self, place: Place, pixel: float) -> bool:
        """Take hold of the point, if it is within reach."""
        settings, reach = self.store.document.diffusion, REACH * pixel
        away = abs(place[0] - settings.point_x), abs(place[1] - settings.point_y)
        if max(away) > reach:
            return False
        self.store.settle()
        return True

    def drag(self, place: Place) -> None:
        """Move the point."""
        x, y = (round(min(max(each, -FARTHEST), FARTHEST), 3) for each in place)
        document = self.store.document
        moved = replace(document.diffusion, point_x=x, point_y=y)
        self.store.edit(replace(document, diffusion=moved), "Move the point", "point")

    def release(self, place: Place, *, moved: bool) -> None:
        """Let go; a click puts the point there."""
        if not moved:
            self.store.settle()
            self.drag(place)
        self.store.settle()

    def remove(self, place: Place, pixel: float) -> bool:  # noqa: ARG002
        """Return False: the point can't be removed, and a right click opens the menu."""
        return False
