"""Values that change with every frame, passed on only as often as a person can read them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

READ = 66  # ms: faster changes are unreadable, and each lays out the whole panel again


class Paced(QObject):
    """Passes on a value at once after a pause, otherwise the latest value at the next pause."""

    def __init__(self, parent: QObject, then: Callable[[float], None], gap: int = READ) -> None:
        super().__init__(parent)
        self._then = then
        self._waiting: list[float] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(gap)
        self._timer.timeout.connect(self._go_on)

    def tell(self, value: float) -> None:
        """Pass the value on, now or soon."""
        if self._timer.isActive():
            self._waiting = [value]
            return
        self._timer.start()
        self._then(value)

    def flush(self) -> None:
        """Pass on the waiting value now."""
        self._timer.stop()
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            self.tell(self._waiting.pop())
