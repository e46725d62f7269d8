"""Matching lines on the canvas: the tool, and an undoable edit for every finished gesture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.state.document_store import DocumentStore

if TYPE_CHECKING:
    from flowlab.core.array_types import Floats
    from flowlab.ui.tools.line_tool import LineTool


class LineController(QObject):
    """Makes the drawn lines the document's coupling; training continues."""

    switched = Signal(bool)  # True when drawing begins, False when it ends

    def __init__(self, canvas: CanvasView, store: DocumentStore) -> None:
        super().__init__(canvas)
        self.canvas, self.store, self.drawing = canvas, store, False
        self._tool: LineTool | None = None
        store.changed.connect(self._document_changed)
        canvas.drawing_left.connect(self.close)

    @property
    def tool(self) -> LineTool:
        """The tool, created on first use to speed up start-up."""
        if self._tool is None:
            from flowlab.ui.tools.line_tool import LineTool

            self._tool = LineTool(self)
            self._tool.changed.connect(self.canvas.update)
            self._tool.drawn.connect(self._drawn)
            self._tool.reach_changed.connect(self._reach)
        return self._tool

    def toggle(self) -> None:
        """Start or stop drawing lines."""
        if self.drawing:
            self.close()
        else:
            self.open()

    def open(self) -> None:
        """Draw lines with the mouse, until `close` or Escape."""
        self.drawing = self.tool.hinting = True
        self._show(self.store.document.coupling)
        self.canvas.start_drawing(self.tool, None)
        self.switched.emit(True)

    def close(self) -> None:
        """Return to watching, unless another tool uses the canvas."""
        if not self.drawing:
            return
        self.drawing = False
        self.tool.cancel()
        if self.canvas.pencil is self.tool:
            self.canvas.stop_drawing()
        self.switched.emit(False)

    def _show(self, coupling: Coupling) -> None:
        lines = np.zeros((0, 4)) if coupling.lines is None else coupling.lines.values
        self.tool.show(lines, coupling.reach)

    def _drawn(self, lines: Floats) -> None:
        array = Array(lines) if len(lines) else None
        self._edit(replace(self.store.document.coupling, kind="lines", lines=array), "Draw lines")

    def _reach(self, reach: float) -> None:
        reach = min(max(reach, 0.05), 10.0)
        edited = replace(self.store.document.coupling, reach=reach)
        self.store.edit(self.store.document.with_parts(coupling=edited), "Change reach", "reach")

    def _edit(self, coupling: Coupling, words: str) -> None:
        self.store.settle()
        self.store.edit(self.store.document.with_parts(coupling=coupling), words)
        self.store.settle()

    def _document_changed(self, before: Document, after: Document) -> None:
        if not self.drawing or before.coupling == after.coupling:
            return
        self._show(after.coupling)
        self.canvas.update()
        if after.coupling.kind not in ("lines", "independent"):  # undo leads to independent pairs
            self.close()
