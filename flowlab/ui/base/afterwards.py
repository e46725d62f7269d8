"""Tasks that the first frame doesn't need, done after it in slices too short to be noticed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

SLICE_SECONDS = 0.004  # tasks are short: even two of them in one frame don't make it late

Task = Callable[[], object]


class Afterwards(QObject):
    """A queue of small tasks; between two frames, as many are done as fit into a slice."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: deque[Task] = deque()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._slice)

    def add(self, *tasks: Task) -> None:
        """Put tasks at the end of the queue."""
        self._tasks.extend(tasks)

    def start(self) -> None:
        """Begin as soon as the event loop has nothing more urgent to do."""
        if self._tasks:
            self._timer.start(0)

    def finish(self) -> None:
        """Do all remaining tasks now, because their results are needed."""
        self._timer.stop()
        while self._tasks:
            self._tasks.popleft()()

    def drop(self) -> None:
        """Drop all remaining tasks."""
        self._timer.stop()
        self._tasks.clear()

    def _slice(self) -> None:
        end = time.perf_counter() + SLICE_SECONDS
        while self._tasks and time.perf_counter() < end:
            self._tasks.popleft()()
        if not self._tasks:
            self._timer.stop()
