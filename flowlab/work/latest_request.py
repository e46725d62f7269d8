"""A thread that always works on the newest request; requests don't queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")
A = TypeVar("A")
ShouldStop = Callable[[], bool]


class Superseded(Exception):
    """Raised by a function that stopped because something newer waits; its answer is dropped."""


class LatestRequest(Generic[R, A]):
    """Runs `function(request, cancelled)` in one thread and hands each answer to `deliver`.

    A request waits in the slot of its priority, where a newer one replaces it; the highest
    priority runs first. `cancelled()` turns true when something of equal or higher priority waits
    behind the running one, or when the thread is asked to stop.
    """

    def __init__(
        self,
        function: Callable[[R, ShouldStop], A],
        deliver: Callable[[R, A], None],
        failed: Callable[[R, Exception], None] | None = None,
        name: str = "latest",
    ) -> None:
        self._function, self._deliver, self._failed = function, deliver, failed
        self._waiting: dict[int, tuple[R, float]] = {}
        self._running: tuple[int, float] | None = None  # its priority, and until when it stays
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    def submit(self, request: R, priority: int = 0, *, patience: float = 0.0) -> None:
        """Put a request in the slot of its priority; an equal one waits `patience` seconds for it.

        A higher priority and `stop` don't wait.
        """
        with self._changed:
            if not self._stopping:
                self._waiting[priority] = (request, patience)
                self._changed.notify()

    @property
    def busy(self) -> bool:
        """True if a request is running or waiting."""
        with self._changed:
            return self._running is not None or bool(self._waiting)

    def stop(self, timeout: float = 5.0) -> bool:
        """Cancel and join; True if the thread has ended. May be called again."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _cancelled(self) -> bool:
        # Without the lock: it is asked within tight loops, and each read is of one reference.
        running, waiting = self._running, tuple(self._waiting)
        if self._stopping or running is None:
            return self._stopping
        priority, until = running
        if priority in waiting and time.monotonic() >= until:
            return True
        return any(other > priority for other in waiting)

    def _take(self) -> tuple[R] | None:
        """The next request, or None when the thread is to end."""
        with self._changed:
            self._running = None
            while not self._waiting and not self._stopping:
                self._changed.wait()
            if self._stopping:
                return None
            priority = max(self._waiting)
            request, patience = self._waiting.pop(priority)
            self._running = (priority, time.monotonic() + patience)
            return (request,)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            (request,) = taken
            try:
                self._deliver(request, self._function(request, self._cancelled))
            except Superseded:
                continue
            except Exception as error:
                if self._failed is not None:
                    self._failed(request, error)
