"""Drawing the source or the target on the canvas, with pencil, sheet and tool bar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Signal
from PySide6.QtGui import QResizeEvent

from flowlab.core.distributions.refusals import OTHER_PAIRS
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Drawing, Shape, Stroke
from flowlab.scene.base.style import Theme
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.state.document_store import DocumentStore

if TYPE_CHECKING:
    from flowlab.core.array_types import Doubles
    from flowlab.ui.tools.pencil import Pencil
    from flowlab.ui.tools.pencil_bar import PencilBar
    from flowlab.ui.tools.sheet import DrawingSheet

MARGIN = 12  # px between the bar and the canvas's edge


@dataclass(frozen=True)
class Tools:
    """The objects that drawing needs."""

    pencil: Pencil
    sheet: DrawingSheet
    bar: PencilBar


class DrawingController(QObject):
    """Makes every finished gesture one undoable edit of the document; training continues."""

    opened = Signal(str)
    closed = Signal()

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store, self.role = canvas, store, ""
        self.theme = canvas.theme
        self._tools: Tools | None = None
        self._drawing = False  # True while an edit of the pencil's own is made
        store.changed.connect(self._document_changed)
        canvas.drawing_left.connect(self.close)
        store.drops.append(self._drop_open)
        canvas.installEventFilter(self)

    @property
    def tools(self) -> Tools:
        """Pencil, sheet and bar, created on first use to speed up start-up."""
        if self._tools is None:
            self._tools = self._make_tools()
        return self._tools

    def _make_tools(self) -> Tools:
        from flowlab.ui.tools.pencil import Pencil
        from flowlab.ui.tools.pencil_bar import PencilBar
        from flowlab.ui.tools.sheet import DrawingSheet

        pencil = Pencil(self)
        tools = Tools(pencil, DrawingSheet(), PencilBar(pencil, self.canvas))
        tools.bar.set_theme(self.theme)
        pencil.select.pick = self._pick
        pencil.stroked.connect(self._stroked)
        pencil.preview.connect(self._preview)
        pencil.changed.connect(self.canvas.update)
        tools.bar.clear_requested.connect(self.clear)
        tools.bar.done_requested.connect(self.close)
        return tools

    @property
    def drawing(self) -> Drawing:
        """Return the present drawing; an empty one if the document has something else."""
        shape: Shape | None = getattr(self.store.document, self.role) if self.role else None
        return shape if isinstance(shape, Drawing) else Drawing()

    def open(self, role: str) -> None:
        """Draw the "source" or the "target"; another kind of shape stays until the first stroke.

        Where strokes would be refused, say so instead.
        """
        if self.why_not():
            self.store.refused.emit(role, self.why_not())
            return
        self.role = role
        tools = self.tools
        tools.sheet.set_drawing(self.drawing, role)
        tools.bar.set_role(role)
        self._place()
        self.canvas.start_drawing(tools.pencil, tools.sheet)
        tools.bar.show()
        self.opened.emit(role)

    def why_not(self) -> str:
        """Return why strokes would be refused; empty if they wouldn't."""
        coupling = self.store.document.coupling
        return OTHER_PAIRS if coupling.kind == "reflow" and coupling.ends else ""

    def close(self) -> None:
        """Return to watching."""
        if self.role:
            self.tools.pencil.finish()
            self.role = ""
            self.tools.bar.hide()
            self.canvas.stop_drawing()
            self.closed.emit()

    def abandon(self) -> None:
        """Return to watching, and drop an unfinished gesture."""
        if self.role:
            self.tools.pencil.cancel()
            self.close()

    def clear(self) -> None:
        """Clear the sheet; undo restores the drawing."""
        self._edit(replace(self.drawing, strokes=()), "Clear the drawing")

    def set_theme(self, theme: Theme) -> None:
        """Tint the bar."""
        self.theme = theme
        if self._tools is not None:
            self._tools.bar.set_theme(theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Keep the bar at the canvas's upper edge."""
        if self.role and watched is self.canvas and isinstance(event, QResizeEvent):
            self._place()
        return False

    def _place(self) -> None:
        bar, canvas = self.tools.bar, self.canvas
        size = bar.fitted(canvas.width() - 2 * MARGIN)
        bar.setGeometry(QRect(QPoint((canvas.width() - size.width()) // 2, MARGIN), size))
        canvas.bar_height = MARGIN + size.height()

    def _stroked(self, stroke: Stroke) -> None:
        drawing = self.drawing
        self._edit(replace(drawing, strokes=(*drawing.strokes, stroke)), f"Draw: {stroke.tool}")

    def _edit(self, drawing: Drawing, words: str) -> None:
        self._drawing = True
        self.store.settle()
        self.store.edit(self.store.document.with_parts(**{self.role: drawing}), words)
        self.store.settle()
        self._drawing = False

    def _pick(self, at: tuple[float, float]) -> tuple[Doubles, ...]:
        from flowlab.core.distributions.regions import stroke_at  # shapely, at its first use

        drawing = self.drawing
        return stroke_at(drawing.strokes, drawing.half_width, at)

    def _drop_open(self) -> bool:
        """Drop an open shape or selection, which is newer than the last edit."""
        return bool(self.role) and self.tools.pencil.undo()

    def _preview(self, stroke: Stroke | None) -> None:
        self.tools.sheet.set_preview(stroke)
        self.canvas.update()

    def _document_changed(self, before: Document, after: Document) -> None:
        if self.role and getattr(before, self.role) != getattr(after, self.role):
            if not self._drawing:  # what was selected isn't there any more
                self.tools.pencil.cancel()
            self.tools.sheet.set_drawing(self.drawing, self.role)
            self.canvas.update()
