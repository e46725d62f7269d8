"""The window's control of training: what was requested of the trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from flowlab.ui.state.engine_link import EngineLink


class TrainingController(QObject):
    """Train, pause and step, the same in every room."""

    asked = Signal()  # the status should be read again

    def __init__(self, link: EngineLink) -> None:
        super().__init__()
        self.link = link
        self._wish: bool | None = None  # True: train, False: pause; None once the engine follows

    @property
    def running(self) -> bool:
        """True while the trainer runs, or was asked to run."""
        status = self.link.status()
        running = status is not None and status.state == "training"
        if status is not None and (running == self._wish or status.reason):
            self._wish = None
        return running if self._wish is None else self._wish

    def toggle(self) -> None:
        """Train, or pause."""
        self._wish = not self.running
        if self._wish:
            self.link.call(lambda engine: engine.train())
        else:
            self.link.call(lambda engine: engine.pause())
        self.asked.emit()

    def train(self) -> None:
        """Train, unless training runs already."""
        if not self.running:
            self.toggle()

    def step(self) -> None:
        """Train for one step, then pause."""
        self._wish = None
        self.link.call(lambda engine: engine.step())
        self.asked.emit()

    def forget(self) -> None:
        """Drop the request, because another experiment was opened."""
        self._wish = None
