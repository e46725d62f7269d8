"""What asks a program to end from outside: Ctrl+C, a terminal that closes, a machine shut down.

Qt's loop runs in C++, where no Python handler is called. So the interpreter's own C handler writes
a byte into a socket that the loop watches, and what is to be done is done in the loop, where no
other piece of work is under way.
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

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # the system has some of these
TWIN_SECONDS = 1.0  # a closing terminal sends one signal, and its shell the same one again
PATIENCE_SECONDS = 10.0  # for threads that don't end

Leave = Callable[[int], object]


class Signals(QObject):
    """Calls `leaving` in the event loop at the first signal, and ends the process with its code."""

    def __init__(
        self, leaving: Callable[[], None], parent: QObject | None = None, leave: Leave = os._exit
    ) -> None:
        super().__init__(parent)
        self._leaving, self._leave = leaving, leave
        self._asked: tuple[int, float] | None = None  # by which signal, and when
        self._mine, self._loops = socket.socketpair()
        for end in (self._mine, self._loops):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._loops.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._before = {number: signal.signal(number, self._heard) for number in _wanted()}
        self._fd = signal.set_wakeup_fd(self._mine.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Have signals do again what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        signal.set_wakeup_fd(self._fd)
        self._notifier.setEnabled(False)
        for end in (self._mine, self._loops):
            end.close()

    def _heard(self, number: int, _: FrameType | None) -> None:
        """In the middle of anything: only note it; who asks again after a while is in a hurry."""
        now = time.monotonic()
        if self._asked is None:
            self._asked = (number, now)
        elif now - self._asked[1] > TWIN_SECONDS:
            self._leave(128 + number)

    def _woken(self) -> None:
        try:
            self._loops.recv(64)
        except OSError:
            return
        if self._asked is None:
            return
        self._notifier.setEnabled(False)
        code = 128 + self._asked[0]
        late = threading.Timer(PATIENCE_SECONDS, self._leave, [code])
        late.daemon = True
        late.start()
        try:
            self._leaving()
        finally:
            late.cancel()
            self._leave(code)


def _wanted() -> list[int]:
    """The signals to answer: one that is ignored, as by nohup, is to be ignored."""
    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
