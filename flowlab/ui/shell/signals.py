"""Signals from outside that end the program: Ctrl+C, a closed terminal, a system shutdown.

Qt's loop runs in C++, where no Python handler is called. Therefore the interpreter's C handler
writes a byte into a socket that the loop watches, and the response runs in the loop, where no
other work is in progress.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # each system has some of these
TWIN_SECONDS = 1.0  # a closing terminal sends a signal, and its shell sends the same one again
PATIENCE_SECONDS = 10.0  # time for threads to end

Leave = Callable[[int], object]


class Signals(QObject):
    """Calls `leaving` in the event loop at the first signal, and exits with the signal's code."""

    def __init__(
        self, leaving: Callable[[], None], parent: QObject | None = None, leave: Leave = os._exit
    ) -> None:
        super().__init__(parent)
        self._leaving, self._leave = leaving, leave
        self._first: tuple[int, float] | None = None  # the first signal and its time
        self._mine, self._loops = socket.socketpair()
        for end in (self._mine, self._loops):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._loops.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._before = {number: signal.signal(number, self._heard) for number in _handled()}
        self._fd = signal.set_wakeup_fd(self._mine.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Restore the signals' earlier handlers."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        signal.set_wakeup_fd(self._fd)
        self._notifier.setEnabled(False)
        for end in (self._mine, self._loops):
            end.close()

    def _heard(self, number: int, _: FrameType | None) -> None:
        """Record the first signal; a later one after a pause ends the process at once."""
        now = time.monotonic()
        if self._first is None:
            self._first = (number, now)
        elif now - self._first[1] > TWIN_SECONDS:
            self._leave(128 + number)

    def _woken(self) -> None:
        try:
            self._loops.recv(64)
        except OSError:
            return
        if self._first is None:
            return
        self._notifier.setEnabled(False)
        code = 128 + self._first[0]
        late = threading.Timer(PATIENCE_SECONDS, self._leave, [code])
        late.daemon = True
        late.start()
        try:
            self._leaving()
        finally:
            late.cancel()
            self._leave(code)


def _handled() -> list[int]:
    """The signals to handle; those that are ignored, as with nohup, stay ignored."""
    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
