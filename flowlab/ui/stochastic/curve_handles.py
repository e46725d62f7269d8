"""Puts down and drags curves' points, and drags or resizes the cell, on the picture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Qt

from flowlab.core.document.document import Document
from flowlab.core.stochastic.curves import characteristics_of
from flowlab.core.stochastic.settings import FARTHEST, MOST_CURVES, Stochastic
from flowlab.ui.base.hint import say
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.room.story import Place
from flowlab.ui.state.document_store import DocumentStore

REACH = 9.0  # px
MOST_CELL, SMALLEST = 100.0, 0.05  # limits of the cell's settings
FULL = f"There are {MOST_CURVES} curves already: remove one, or drag one of them."

KEY_ROWS = (
    KeyRow("Click", "Put a curve down at this t"),
    KeyRow("Drag", "Move a curve’s ring or head, the cell, or its corners"),
)


class CurveHandles(QObject):
    """The points of curves and the cell, while their view is open; each drag is one undo step."""

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store = canvas, store
        self._held: str | None = None  # "corner", "cell", "point" or "head"
        self._from: Place = (0.0, 0.0)  # between the cell's centre and where it is held
        store.changed.connect(lambda _, document: self._follow(document))
        canvas.pointed.connect(self._point)
        self._follow(store.document)

    @property
    def settings(self) -> Stochastic:
        """The curves and the cell of the document."""
        return self.store.document.stochastic

    def _follow(self, document: Document) -> None:
        """Take the canvas's clicks and drags in this view, and in no other."""
        if document.view.name == "characteristics":
            self.canvas.handles = self
        elif self.canvas.handles is self:
            self.canvas.handles = self._held = None
            self.canvas.unsetCursor()

    # gestures

    def grab(self, place: Place, pixel: float) -> bool:
        """Take hold of a corner of the cell, a curve's point or head, or the cell."""
        self._held, curve = self._at(place, pixel)
        if self._held is None:
            return False
        self.store.settle()
        if curve is not None:
            self._edit("Choose a curve", "curve", curve=curve)
            self.store.settle()
        self._from = place[0] - self.settings.cell_x, place[1] - self.settings.cell_y
        return True

    def drag(self, place: Place) -> None:
        """Move what is held."""
        settings, (x, y) = self.settings, place
        if self._held == "corner":
            away = max(abs(x - settings.cell_x), abs(y - settings.cell_y))
            size = min(max(round(2 * away, 3), SMALLEST), MOST_CELL)
            self._edit("Resize the cell", "cell", cell_size=size)
        elif self._held == "cell":
            x, y = (_within(a - b, MOST_CELL) for a, b in zip(place, self._from, strict=True))
            self._edit("Move the cell", "cell", cell_x=x, cell_y=y)
        elif self._held is not None:
            k = self._chosen()
            t = self.canvas.t if self._held == "head" else settings.curves[k][2]
            point = _within(x, FARTHEST), _within(y, FARTHEST), round(t, 4)
            curves = (*settings.curves[:k], point, *settings.curves[k + 1 :])
            self._edit("Move a curve", "curves", curves=curves)

    def release(self, place: Place, *, moved: bool) -> None:
        """Let go; a click where no curve's point lies puts a new curve down."""
        held, self._held = self._held, None
        if not moved and held in (None, "cell"):
            self.put(place)
        self.store.settle()

    def remove(self, place: Place, pixel: float) -> bool:  # noqa: ARG002
        """Return False: a button removes curves, and a right click opens the menu."""
        return False

    def put(self, place: Place) -> None:
        """Put down a curve that passes through this place at the present t."""
        curves = self.settings.curves
        if len(curves) >= MOST_CURVES:
            say(self.canvas, FULL)
            return
        x, y = (_within(value, FARTHEST) for value in place)
        point = x, y, round(self.canvas.t, 4)
        self.store.settle()
        self._edit("Put down a curve", "curves", curves=(*curves, point), curve=len(curves))

    def _edit(self, words: str, key: str, **changes: Any) -> None:
        document = self.store.document
        stochastic = replace(self.settings, **changes)
        self.store.edit(replace(document, stochastic=stochastic), words, key)

    # what lies where

    def _at(self, place: Place, pixel: float) -> tuple[str | None, int | None]:
        """What lies within reach of a place, and the curve that it belongs to."""
        reach, settings = REACH * pixel, self.settings
        away = _from_cell(settings, place)
        known = characteristics_of(self.canvas.bundle)
        cell = settings.show_cell and known is not None and not known.unknown
        half = settings.cell_size / 2
        if cell and all(abs(side - half) <= min(reach, half / 2) for side in away):
            return "corner", None
        points = [(x, y) for x, y, _ in settings.curves]
        heads = [] if known is None else known.at(self.canvas.t).tolist()
        for kind, spots in (("point", points), ("head", heads[: len(points)])):
            near = _nearest(spots, place, reach)
            if near is not None:
                return kind, near
        return ("cell", None) if cell and max(away) <= half else (None, None)

    def _point(self, place: Place | None) -> None:
        """Show by the cursor what can be dragged."""
        canvas = self.canvas
        if canvas.handles is not self or canvas.pencil is not None:
            return
        kind = None
        if place is not None and not canvas.lens_held:
            kind, _ = self._at(place, 2 * canvas.current_camera().half_height / canvas.height())
        shapes = {None: Qt.CursorShape.ArrowCursor, "cell": Qt.CursorShape.SizeAllCursor}
        canvas.setCursor(shapes.get(kind, Qt.CursorShape.PointingHandCursor))

    def _chosen(self) -> int:
        return min(self.settings.curve, len(self.settings.curves) - 1)


def _from_cell(settings: Stochastic, place: Place) -> Place:
    return abs(place[0] - settings.cell_x), abs(place[1] - settings.cell_y)


def _nearest(spots: list[Place], place: Place, reach: float) -> int | None:
    """The nearest of some spots, if it is within reach."""
    away = [math.dist(spot, place) for spot in spots]
    known = [(far, k) for k, far in enumerate(away) if far <= reach]
    return min(known)[1] if known else None


def _within(value: float, most: float) -> float:
    """A coordinate as documents hold it: three decimals, and within its limits."""
    return round(min(max(value, -most), most), 3)
