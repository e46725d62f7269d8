"""Drawing the source or the target upon the canvas: pencil, sheet and tool bar together."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QResizeEvent

from flowlab.core.document import Document
from flowlab.core.shapes import Drawing, Shape, Stroke
from flowlab.scene.style import Theme
from flowlab.ui.canvas_view import CanvasView
from flowlab.ui.document_store import DocumentStore
from flowlab.ui.pencil import Pencil
from flowlab.ui.pencil_bar import PencilBar
from flowlab.ui.sheet import DrawingSheet

MARGIN = 12  # px between the bar and the edge of the canvas


class DrawingDesk(QObject):
    """Every finished gesture becomes one undoable edit of the document; training goes on."""

    opened = Signal(str)
    closed = Signal()

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store, self.role = canvas, store, ""
        self.pencil, self.sheet = Pencil(self), DrawingSheet()
        self.bar = PencilBar(self.pencil, canvas)
        self.bar.hide()
        self.pencil.stroked.connect(self._stroked)
        self.pencil.preview.connect(self._preview)
        self.pencil.changed.connect(canvas.update)
        self.bar.clear_requested.connect(self.clear)
        self.bar.done_requested.connect(self.close)
        store.changed.connect(self._document_changed)
        canvas.drawing_left.connect(self.close)
        canvas.installEventFilter(self)

    @property
    def drawing(self) -> Drawing:
        """What has been drawn so far; empty where the document holds something else."""
        shape: Shape | None = getattr(self.store.document, self.role) if self.role else None
        return shape if isinstance(shape, Drawing) else Drawing()

    def open(self, role: str) -> None:
        """Draw the "source" or the "target"; what is not a drawing stays until the first stroke."""
        self.role = role
        self.sheet.set_drawing(self.drawing, role)
        self.bar.set_role(role)
        self.canvas.start_drawing(self.pencil, self.sheet)
        self.bar.show()
        self._place()
        self.opened.emit(role)

    def close(self) -> None:
        """Back to watching."""
        if self.role:
            self.pencil.finish()
            self.role = ""
            self.bar.hide()
            self.canvas.stop_drawing()
            self.closed.emit()

    def clear(self) -> None:
        """An empty sheet; undo brings the drawing back."""
        self._edit(replace(self.drawing, strokes=()), "Clear the drawing")

    def set_theme(self, theme: Theme) -> None:
        """Tint the bar."""
        self.bar.set_theme(theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Keep the bar at the canvas's upper edge."""
        if watched is self.canvas and isinstance(event, QResizeEvent):
            self._place()
        return False

    def _place(self) -> None:
        size = self.bar.sizeHint()
        width = min(size.width(), self.canvas.width() - 2 * MARGIN)
        self.bar.setGeometry((self.canvas.width() - width) // 2, MARGIN, width, size.height())

    def _stroked(self, stroke: Stroke) -> None:
        drawing = self.drawing
        self._edit(replace(drawing, strokes=(*drawing.strokes, stroke)), f"Draw: {stroke.tool}")

    def _edit(self, drawing: Drawing, words: str) -> None:
        self.store.settle()
        self.store.edit(self.store.document.with_parts(**{self.role: drawing}), words)
        self.store.settle()

    def _preview(self, stroke: Stroke | None) -> None:
        self.sheet.set_preview(stroke)
        self.canvas.update()

    def _document_changed(self, before: Document, after: Document) -> None:
        if self.role and getattr(before, self.role) != getattr(after, self.role):
            self.sheet.set_drawing(self.drawing, self.role)
            self.canvas.update()
