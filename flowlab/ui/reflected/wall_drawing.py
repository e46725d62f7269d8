"""Drawing walls or a hole on the canvas: the tool, and one undoable edit for what is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from flowlab.core.array_types import Doubles
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.edits import with_hole, with_walls
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.strokes import is_open, ring_of, rounded
from flowlab.core.views.registry import room_of
from flowlab.scene.base.camera import Camera
from flowlab.scene.reflected.walls import rings_of
from flowlab.ui.base.hint import say
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.state.document_store import DocumentStore

if TYPE_CHECKING:
    from flowlab.ui.reflected.wall_tool import WallTool

MOST_DOTS = 3000  # of the target, behind the drawing
MARGIN = 0.14  # of the picture, around the walls and the target


class WallDrawing(QObject):
    """Makes a closed stroke the document's walls, or a hole of them."""

    switched = Signal(str)  # "walls" or "hole" when drawing begins, "" when it ends

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store, self.what = canvas, store, ""
        self._tool: WallTool | None = None
        store.changed.connect(self._document_changed)
        store.drops.append(lambda: bool(self.what) and self.tool.drop_corner())
        canvas.drawing_left.connect(self.close)
        canvas.tool_changed.connect(self._tool_changed)

    @property
    def tool(self) -> WallTool:
        """The tool, created on first use to speed up start-up."""
        if self._tool is None:
            from flowlab.ui.reflected.wall_tool import WallTool

            self._tool = WallTool(self)
            self._tool.changed.connect(self.canvas.update)
            self._tool.drawn.connect(self._drawn)
            self._tool.zoomed.connect(self.canvas.zoom)
        return self._tool

    def toggle(self, what: str) -> None:
        """Start drawing "walls" or a "hole", or stop if that is being drawn."""
        if self.what == what:
            self.close()
        else:
            self.open(what)

    def open(self, what: str) -> None:
        """Draw with the mouse, until something is drawn, `close`, or Escape."""
        self.canvas.drawing_left.emit()  # other tools end
        self.tool.title = "Walls" if what == "walls" else "A hole"
        self._show(self.store.document)
        self.canvas.start_drawing(self.tool, None)
        self.canvas.take_camera(self._camera())
        self.what = what
        self.switched.emit(what)

    def close(self) -> None:
        """Return to watching, unless another tool uses the canvas."""
        if not self.what:
            return
        self.what = ""
        self.tool.cancel()
        if self.canvas.pencil is self.tool:
            self.canvas.stop_drawing()
        self.switched.emit("")

    def _tool_changed(self) -> None:
        if self.what and self.canvas.pencil is not self.tool:
            self.close()

    def _show(self, document: Document) -> None:
        """Show these walls, and the target."""
        self.tool.rings = rings_of(document.reflected)
        bundle = self.canvas.bundle
        if bundle is not None:
            self.tool.cloud = np.asarray(bundle.target[:MOST_DOTS], np.float32)

    def _camera(self) -> Camera:
        """A camera that shows the walls and the target, with space around them to draw in."""
        tool = self.tool
        cloud = tool.cloud[np.isfinite(tool.cloud).all(axis=1)]
        places = np.concatenate([*(ring.astype(np.float32) for ring in tool.rings), cloud])
        if not len(places):
            return self.canvas.current_camera()
        (x0, y0), (x1, y1) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        box = x0, x1, y0, y1
        return Camera.fit(box, self.canvas.width(), self.canvas.height(), margin=MARGIN)

    def _drawn(self, points: Doubles, free: bool) -> None:
        """Take what was drawn; if it can't be, say why and keep the walls as they are."""
        what, pixel = self.what, self.tool.pixel
        settings = self.store.document.reflected
        try:
            ring = ring_of(points, pixel) if free else rounded(points, pixel)
            if what == "hole":
                made = with_hole(settings, ring)
            else:
                made = with_walls(settings, walls="drawn", outline=(ring,))
        except Invalid as error:
            say(self.canvas, str(error))
            return
        joined = free and is_open(points, pixel)
        self.close()
        words = {"walls": "Draw walls", "hole": "Add a hole"}[what]
        take(self.store, made, words)
        say(self.canvas, " ".join(new_notes(settings, made, joined=joined)))

    def _document_changed(self, before: Document, after: Document) -> None:
        if not self.what:
            return
        if room_of(after.view.name).name != "reflected":
            self.close()
        elif before.reflected != after.reflected or before.target != after.target:
            self._show(after)
            self.canvas.update()


def take(store: DocumentStore, made: Reflected, words: str, key: str | None = None) -> None:
    """Make settings the document's, by one undo step; those with a key merge until it settles."""
    if key is None:
        store.settle()
    store.edit(replace(store.document, reflected=made), words, key)
    if key is None:
        store.settle()


def new_notes(before: Reflected, made: Reflected, *, joined: bool) -> list[str]:
    """What was changed to make walls of a drawing, in sentences; not of the walls before."""
    from flowlab.core.domains.cleaning import CLOSED  # shapely, not at first

    known = walls_of(before).notes if before.outline[0] == made.outline[0] else ()
    notes = [*([CLOSED] if joined else []), *walls_of(made).notes]
    return [note for note in dict.fromkeys(notes) if note not in known]
