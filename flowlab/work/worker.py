"""A thread that drives one generator; between yields it can be paused, stepped and given calls."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Worker(Generic[T]):
    """Drives the generator that `make()` returns; each value goes to `publish`, in the thread.

    Values don't queue: `publish` replaces one reference, so a slow reader sees fewer values, never
    old ones. An exception ends the thread and is stored in `error`.
    """

    def __init__(
        self,
        make: Callable[[], Iterator[T]],
        publish: Callable[[T], None],
        ended: Callable[[Exception | None], None] | None = None,
        name: str = "worker",
    ) -> None:
        self._make, self._publish, self._ended = make, publish, ended
        self._changed = threading.Condition()
        self._posted: deque[Callable[[], None]] = deque()
        self._allowed: float = 0  # values that may still be drawn before it pauses
        self._stopping = False
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name)
        self._started = False

    def start(self, *, paused: bool = False) -> None:
        """Start the thread, running or paused."""
        self._allowed = 0 if paused else float("inf")
        self._started = True
        self._thread.start()

    def pause(self) -> None:
        """Stop drawing values after the present one; `post` still works."""
        self._allow(0)

    def resume(self) -> None:
        """Draw values until paused."""
        self._allow(float("inf"))

    def step_once(self) -> None:
        """Draw one value, then pause."""
        with self._changed:
            running = self._allowed == float("inf")
            self._allowed = 1 if running else self._allowed + 1
            self._changed.notify()

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` in the thread between two values, also while paused, in order of posting."""
        with self._changed:
            self._posted.append(call)
            self._changed.notify()

    def stop(self, timeout: float = 5.0) -> bool:
        """Stop after the present value and join the thread; True if it has ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._started and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """True if the thread runs, paused or not."""
        return self._thread.is_alive()

    @property
    def paused(self) -> bool:
        """True if no value is being drawn or about to be drawn."""
        return self._allowed == 0

    def _allow(self, values: float) -> None:
        with self._changed:
            self._allowed = values
            self._changed.notify()

    def _next_call(self) -> Callable[[], None] | None:
        """The next posted call, or None when the next value is due; waits while paused."""
        with self._changed:
            while not (self._posted or self._stopping or self._allowed):
                self._changed.wait()
            return self._posted.popleft() if self._posted and not self._stopping else None

    def _drive(self) -> None:
        values = self._make()
        while True:
            while (call := self._next_call()) is not None:
                call()
            if self._stopping:
                return
            try:
                value = next(values)
            except StopIteration:
                return
            self._publish(value)
            with self._changed:
                self._allowed = max(0, self._allowed - 1)

    def _run(self) -> None:
        try:
            self._drive()
        except Exception as error:
            self.error = error
        if self._ended is not None:
            self._ended(self.error)
