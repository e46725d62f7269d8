"""A start point that the user drags over the picture, and the path from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Probe

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.engine_link import EngineLink


class ProbeController(QObject):
    """Requests the path from the engine, and shows the newest answer on the canvas."""

    came = Signal(object)  # Bundle
    dropped = Signal()

    def __init__(self, canvas: CanvasView, link: EngineLink) -> None:
        super().__init__(canvas)
        self.canvas, self.link = canvas, link
        self._query: Probe | None = None
        canvas.probe_wanted.connect(self._follow)
        canvas.probe_dropped.connect(self.drop)

    def _follow(self, x: float, y: float) -> None:
        bundle: Bundle | None = self.canvas.bundle
        point = np.array([[x, y]], np.float32)
        self._query = Probe(point, 0 if bundle is None else int(bundle.start))
        self.ask()

    def ask(self) -> None:
        """Request the path again, because the weights have changed."""
        if self._query is not None:
            self.link.ask(self._query)

    def tick(self) -> None:
        """Show a new answer; called once a frame."""
        answer = None if self._query is None else self.link.answer(Probe)
        if answer is not None and answer.value is not self.canvas.probe:
            self.canvas.probe = answer.value
            self.canvas.update()
            self.came.emit(answer.value)

    def drop(self) -> None:
        """Remove the dragged path."""
        self._query = self.canvas.probe = None
        self.dropped.emit()
