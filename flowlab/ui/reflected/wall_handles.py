"""Drags walls, their corners and their centre on the picture, and the one point of the starts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected import edits
from flowlab.core.reflected.settings import Point, Reflected
from flowlab.core.reflected.uses import from_point
from flowlab.core.views.registry import room_of
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.reflected.grips import Grip, Grips
from flowlab.ui.base.hint import say
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.reflected.grip_at import grip_at
from flowlab.ui.reflected.wall_drawing import take
from flowlab.ui.state.document_store import DocumentStore

REMOVES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
KEY_ROWS = (KeyRow("Drag a wall", "Resize, move a corner (right click: remove) or the centre"),)
WORDS = {
    "corner": "Move a corner",
    "edge": "Add a corner",
    "wall": "Resize the walls",
    "centre": "Move the walls",
    "start": "Move the starting point",
}


class WallHandles(QObject):
    """The grips of the walls, in all views of the room that show the plane."""

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store = canvas, store
        self.held: Grip | None = None
        self._before = store.document.reflected  # when it was taken hold of
        self._from: Point = (0.0, 0.0)
        self._mouse = QPointF()  # a pixel
        self._over: Grip | None = None
        store.changed.connect(lambda _, document: self._follow(document))
        canvas.pointed.connect(self._point)
        canvas.installEventFilter(self)
        self._follow(store.document)

    @property
    def settings(self) -> Reflected:
        """The walls of the document."""
        return self.store.document.reflected

    def _follow(self, document: Document) -> None:
        """Take the canvas's clicks and drags in these views, and in no other."""
        if has_grips(document.view.name):
            self.canvas.handles = self
        elif self.canvas.handles is self:
            self.canvas.handles = self.held = None
            self._show(None, near=False)
            self.canvas.unsetCursor()

    # gestures

    def grab(self, place: Point, pixel: float) -> bool:
        """Take hold of what lies at a place: of a corner, a wall, the centre, or the point."""
        self.held, _ = self._at(place, pixel)
        if self.held is None:
            return False
        self.store.settle()
        self._before, self._from = self.settings, place
        self._show(self.held, near=True)
        return True

    def drag(self, place: Point) -> None:
        """Move what is held; what can't be stays as it was last."""
        if self.held is None:
            return
        try:
            made = DRAGS[self.held[0]](self._before, self.held, self._from, place)
            if edits.crosses(made) and not edits.crosses(self._before):
                return
        except Invalid:
            return
        take(self.store, made, WORDS[self.held[0]], "walls")
        self.held_now(made)

    def held_now(self, made: Reflected) -> None:
        """Show what is held: an edge that was dragged has become a corner."""
        assert self.held is not None
        kind, ring, k = self.held
        if kind == "edge" and made != self._before:
            self._show(("corner", ring, k + 1), near=True)

    def release(self, place: Point, *, moved: bool) -> None:
        """Let go; a click elsewhere moves the one point there, or pins a particle's path."""
        held, self.held = self.held, None
        if not moved and (held is None or held[0] in ("edge", "wall")):
            self._click(place)
        self.store.settle()

    def _click(self, place: Point) -> None:
        if self.canvas.pencil is not None:
            return
        if from_point(self.store.document):
            self.store.settle()
            self._edit(lambda: _started(self.settings, place), WORDS["start"])
        elif self.canvas.hover is not None:
            self.canvas.pinned.emit(self.canvas.hover)

    def remove(self, place: Point, pixel: float) -> bool:
        """Remove the corner of drawn walls at a place; False if there is none."""
        grip, _ = self._at(place, pixel)
        if grip is None or grip[0] != "corner":
            return False
        self._edit(lambda: edits.without_corner(self.settings, *grip[1:]), "Remove a corner")
        self._show(None, near=True)
        return True

    def _edit(self, make: Callable[[], Reflected], words: str) -> None:
        """Make what a function returns the document's walls, or say why it can't be."""
        try:
            made = make()
        except Invalid as error:
            say(self.canvas, str(error))
            return
        take(self.store, made, words)

    def _at(self, place: Point, pixel: float) -> tuple[Grip | None, bool]:
        point = from_point(self.store.document)
        return grip_at(self.settings, place, pixel, point=point)

    # mouse and keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Know the mouse's pixel, and take the keys that remove the corner below it."""
        if watched is not self.canvas or self.canvas.handles is not self:
            return False
        if isinstance(event, QMouseEvent):
            self._mouse = event.position()
        elif event.type() == QEvent.Type.Leave:
            self._show(None, near=False)
        elif isinstance(event, QKeyEvent) and self._removes(event):
            event.accept()
            if event.type() == QEvent.Type.KeyPress and self._over is not None:
                _, ring, k = self._over
                self._edit(lambda: edits.without_corner(self.settings, ring, k), "Remove a corner")
                self._show(None, near=True)
            return True
        return False

    def _removes(self, event: QKeyEvent) -> bool:
        kinds = QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress
        over = self._over is not None and self._over[0] == "corner" and self.held is None
        plain = self.canvas.pencil is None and event.key() in REMOVES
        return over and plain and event.type() in kinds

    def _point(self, place: Point | None) -> None:
        """Show what can be taken hold of, while the mouse is near."""
        canvas = self.canvas
        if canvas.handles is not self or canvas.pencil is not None or self.held is not None:
            return
        if place is None or canvas.lens_held:
            self._show(None, near=False)
            return
        over, near = self._at(place, canvas.unit(self._mouse))
        self._show(over, near=near)
        canvas.setCursor(self._cursor(over, place))

    def _cursor(self, over: Grip | None, place: Point) -> Qt.CursorShape:
        if over is None:
            return Qt.CursorShape.ArrowCursor
        if over[0] == "wall":
            return _across(self.settings, place)
        moves = over[0] in ("centre", "start")
        return Qt.CursorShape.SizeAllCursor if moves else Qt.CursorShape.PointingHandCursor

    def _show(self, over: Grip | None, *, near: bool) -> None:
        self._over = over
        own = near or isinstance(self.canvas.room_state, Grips)
        if own:
            self.canvas.show_room_state(Grips(near, over) if near else None)


def has_grips(view: str) -> bool:
    """True for the views of this room that show the plane."""
    return room_of(view).name == "reflected" and not drawing_of(view).own_axes


def _across(settings: Reflected, place: Point) -> Qt.CursorShape:
    """The cursor of a wall that is dragged away from the centre."""
    x, y = (a - c for a, c in zip(place, edits.centre_of(settings), strict=True))
    shapes = (
        Qt.CursorShape.SizeHorCursor,
        Qt.CursorShape.SizeBDiagCursor,
        Qt.CursorShape.SizeVerCursor,
        Qt.CursorShape.SizeFDiagCursor,
    )
    if settings.walls in ("square", "rectangle") and len(_sides(settings, place)) == 1:
        return shapes[0] if "across" in _sides(settings, place) else shapes[2]
    return shapes[round(math.atan2(y, x) / (math.pi / 4)) % 4]


# what a drag makes of the walls before it: (settings, grip, from, to)


def _corner(settings: Reflected, grip: Grip, start: Point, to: Point) -> Reflected:
    _, ring, k = grip
    x, y = settings.outline[ring][k]
    return edits.with_corner(settings, ring, k, (x + to[0] - start[0], y + to[1] - start[1]))


def _edge(settings: Reflected, grip: Grip, start: Point, to: Point) -> Reflected:  # noqa: ARG001
    return edits.with_new_corner(settings, grip[1], grip[2], to)


def _wall(settings: Reflected, grip: Grip, start: Point, to: Point) -> Reflected:  # noqa: ARG001
    if settings.walls == "rectangle":
        ratio = {
            side: abs(to[i] - c) / max(abs(start[i] - c), 1e-9)
            for i, (side, c) in enumerate(
                zip(("across", "up"), edits.centre_of(settings), strict=True)
            )
        }
        sides = _sides(settings, start)
        return edits.resized(settings, *(ratio[s] if s in sides else 1.0 for s in ratio))
    if settings.walls == "drawn":  # with very many corners
        centre = edits.centre_of(settings)
        return edits.resized(settings, math.dist(to, centre) / max(math.dist(start, centre), 1e-9))
    return edits.resized(settings, edits.reach(settings, to) / edits.reach(settings, start))


def _sides(settings: Reflected, place: Point) -> tuple[str, ...]:
    """Which sides of a rectangle a place near its walls belongs to: both at a corner."""
    halves = settings.width / 2, settings.width / 2
    if settings.walls == "rectangle":
        halves = settings.width / 2, settings.height / 2
    off = [
        abs(abs(a - c) - half)
        for a, c, half in zip(place, edits.centre_of(settings), halves, strict=True)
    ]
    close = 0.04 * min(halves)
    if max(off) <= close:
        return "across", "up"
    return ("across",) if off[0] <= off[1] else ("up",)


def _centre(settings: Reflected, grip: Grip, start: Point, to: Point) -> Reflected:  # noqa: ARG001
    return edits.moved(settings, to[0] - start[0], to[1] - start[1])


def _start(settings: Reflected, grip: Grip, start: Point, to: Point) -> Reflected:  # noqa: ARG001
    return _started(settings, to)


def _started(settings: Reflected, place: Point) -> Reflected:
    x, y = edits.place_inside(walls_of(settings), place)
    return replace(settings, start_x=x, start_y=y)


DRAGS: dict[str, Callable[[Reflected, Grip, Point, Point], Reflected]] = {
    "corner": _corner,
    "edge": _edge,
    "wall": _wall,
    "centre": _centre,
    "start": _start,
}
