"""The engine's process as the window sees it: sending and receiving without waiting, ending it."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from typing import Any

from flowlab.environment import use_safe_path
from flowlab.work.herald import CLOSED, FAILED, READY, serve
from flowlab.work.outbox import Outbox
from flowlab.work.pipe_transport import Receiver
from flowlab.work.queries import Table
from flowlab.work.wishes import Wish

READY_SECONDS = 120.0  # a cold disk and a first calibration take some
LOOK_SECONDS = 0.05  # between two looks whether it is still waited for
FAREWELL_SECONDS = 1.0  # until it is terminated
TERM_SECONDS = 0.3  # until it is killed: a stopped process doesn't hear of its termination

Hear = Callable[[int, str, Any], None]


class EngineProcess:
    """One engine in a process of its own, with a thread that sends and one that receives.

    `hear(epoch, word, value)` is called in the receiving thread. So is `lost(process)`, once, if
    the process ends without a request to end.
    """

    def __init__(
        self, device: str, hear: Hear, lost: Callable[[EngineProcess], None], table: Table
    ) -> None:
        use_safe_path()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, device, table), daemon=True)
        self._process.start()
        theirs.close()
        self._hear, self._lost = hear, lost
        self._line = Receiver(self._pipe)
        self._outbox = Outbox()
        self._ending = False
        self.heard_at = time.monotonic()  # when it last said something
        names = {"flowlab-sender": self._send, "flowlab-receiver": self._receive}
        self._threads = [threading.Thread(target=run, name=n) for n, run in names.items()]

    def wait_until_ready(self, ended: Callable[[], bool]) -> None:
        """Wait until the engine is ready; raises RuntimeError with a sentence if it fails."""
        try:
            word, value = self._first_word(ended)
        except (EOFError, OSError):
            word, value = FAILED, "its process ended"
        if word != READY:
            self.end()
            raise RuntimeError(str(value))

    def listen(self) -> None:
        """Begin to send and to receive."""
        self.heard_at = time.monotonic()
        for thread in self._threads:
            thread.start()

    def _first_word(self, ended: Callable[[], bool]) -> tuple[str, Any]:
        end = time.monotonic() + READY_SECONDS
        while not self._pipe.poll(LOOK_SECONDS):
            if ended():
                return FAILED, "it was not waited for"
            if time.monotonic() > end:
                return FAILED, f"its process was not ready after {READY_SECONDS:.0f} seconds"
        return self._line.receive()[1:]

    def put(self, epoch: int, wish: Wish) -> None:
        """Queue a wish to be sent; returns at once."""
        self._outbox.put(wish, epoch)

    @property
    def silence(self) -> float:
        """Seconds since the process last said something."""
        return time.monotonic() - self.heard_at

    @property
    def pid(self) -> int | None:
        """Its number in the system."""
        return self._process.pid

    def ask_to_end(self, epoch: int) -> None:
        """Ask the process to close; `end` then waits for that, briefly."""
        self._ending = True
        self.put(epoch, Wish("close"))

    def end(self, patience: float = 0.0) -> None:
        """End the process and join its threads; it is terminated after `patience` seconds."""
        self._ending = True
        self._process.join(patience)
        self._outbox.close()
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(TERM_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join()
        self._pipe.close()

    # in the threads

    def _send(self) -> None:
        while (letter := self._outbox.take()) is not None:
            try:
                self._pipe.send((letter.epoch, letter.wish.name, letter.wish.arguments))
            except OSError:  # the receiving thread says so
                return

    def _receive(self) -> None:
        while True:
            try:
                epoch, word, value = self._line.receive()
            except (EOFError, OSError):
                break
            self.heard_at = time.monotonic()
            if word == CLOSED:
                return
            self._hear(epoch, word, value)
        if not self._ending:
            self._lost(self)
