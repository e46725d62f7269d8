"""A start point that a person drags over the picture, and the path that follows it."""

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
    """Asks the engine for the path, and gives the canvas the newest answer."""

    came = Signal(object)  # Bundle
    dropped = Signal()

    def __init__(self, canvas: CanvasView, link: EngineLink) -> None:
        super().__init__(canvas)
        self.canvas, self.link = canvas, link
        self._wanted: Probe | None = None
        canvas.probe_wanted.connect(self._follow)
        canvas.probe_dropped.connect(self.drop)

    def _follow(self, x: float, y: float) -> None:
        bundle: Bundle | None = self.canvas.bundle
        point = np.array([[x, y]], np.float32)
        self._wanted = Probe(point, 0 if bundle is None else int(bundle.start))
        self.ask()

    def ask(self) -> None:
        """Ask again: the weights are others."""
        if self._wanted is not None:
            self.link.ask(self._wanted)

    def tick(self) -> None:
        """Once a frame: show what has come."""
        found = None if self._wanted is None else self.link.answer(Probe)
        if found is not None and found.value is not self.canvas.probe:
            self.canvas.probe = found.value
            self.canvas.update()
            self.came.emit(found.value)

    def drop(self) -> None:
        """No path of one's own any more."""
        self._wanted = self.canvas.probe = None
        self.dropped.emit()
