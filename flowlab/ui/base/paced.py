"""Telling what changes with every frame no more often than a person reads."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

READ = 66  # ms: figures that change faster are a blur, and lay out the whole panel each time


class Paced(QObject):
    """Passes on a value at once where it has been quiet, else the latest one when it is time."""

    def __init__(self, parent: QObject, then: Callable[[float], None], gap: int = READ) -> None:
        super().__init__(parent)
        self._then = then
        self._waiting: list[float] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(gap)
        self._timer.timeout.connect(self._go_on)

    def tell(self, value: float) -> None:
        """Pass it on, now or soon."""
        if self._timer.isActive():
            self._waiting = [value]
            return
        self._timer.start()
        self._then(value)

    def flush(self) -> None:
        """Pass on what waits."""
        self._timer.stop()
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            self.tell(self._waiting.pop())
