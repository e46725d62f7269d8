"""The engine's process: it hears wishes, and tells what has changed, the newest only."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from flowlab.environment import calm_threads
from flowlab.work.pipe_transport import Sender

if TYPE_CHECKING:
    from flowlab.work.engine import Engine
    from flowlab.work.queries import Answer, Slot, Table
    from flowlab.work.weights_history import Snapshot

NICENESS = 10  # the window comes first
LISTEN_SECONDS = 0.004  # how long a command is waited for before it looks round
STATUS_SECONDS = 0.05
READY, FAILED, CLOSED = "ready", "failed", "closed"  # words about the process itself


def serve(pipe: Connection, device: str, table: Table) -> None:
    """What runs in the process: an engine, until "close" is heard or the window is gone."""
    _ignore_the_terminal()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    calm_threads()
    line = Sender(pipe)
    with contextlib.suppress(EOFError, OSError):  # the window is gone: there is nobody to tell
        try:
            from flowlab.work.engine import Engine, warm_up

            warm_up()
            engine = Engine(device, table)
        except Exception as error:
            line.send(0, FAILED, f"{error}".split("\n")[0])
            return
        try:
            line.send(0, READY, None)
            Herald(engine, pipe, line).run()
        finally:
            engine.close()
        line.send(0, CLOSED, None)


def _ignore_the_terminal() -> None:
    """Ctrl+C and a closed terminal are for the window, which ends this process when it is done."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


class Herald:
    """Hears wishes and tells what has changed, the newest only."""

    def __init__(self, engine: Engine, pipe: Connection, line: Sender) -> None:
        self._engine, self._pipe, self._line = engine, pipe, line
        self._told: dict[str, object] = {}
        self._told_moments: tuple[Snapshot, ...] = ()
        self._told_answers: Mapping[Slot, Answer[Any]] = {}
        self._due, self._epoch = 0.0, 0

    def run(self) -> None:
        """Until "close" is heard or the line breaks."""
        while True:
            if self._pipe.poll(LISTEN_SECONDS):
                self._epoch, name, arguments = self._pipe.recv()
                if name == "close":
                    return
                self._hear(name, arguments)
            self._tell_news()

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open":
            self._told_moments = ()
        self._due = 0.0
        self._engine.tell(name, *arguments)

    def _tell_news(self) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + STATUS_SECONDS
            self._send("status", self._engine.status())
        published = self._engine.saving.published()
        self._tell_moments()  # first, so that the window never has newer weights than moments
        if published is not None and published is not self._told.get("published"):
            self._told["published"] = published
            self._send("published", (*published, self._engine.saving.losses()))
        self._tell("bundle", self._engine.newest())
        self._tell("pinned", self._engine.pinned())
        self._tell_answers()

    def _tell_moments(self) -> None:
        """Tell which moments are saved, with those of them that the window doesn't have yet."""
        moments = self._engine.saving.moments()
        if not moments or moments is self._told_moments:
            return
        known = {moment.step: moment for moment in self._told_moments}
        fresh = {m.step: m.saved for m in moments if known.get(m.step) is not m}
        self._told_moments = moments
        steps = tuple(moment.step for moment in moments)
        self._send("moments", (moments[0].document.network, steps, fresh))

    def _tell_answers(self) -> None:
        found, told = self._engine.answers.found, self._told_answers
        if found is not told:
            self._told_answers = found
            for slot, answer in found.items():
                if told.get(slot) is not answer:
                    self._send("answer", answer)

    def _tell(self, word: str, value: object) -> None:
        if value is not None and value is not self._told.get(word):
            self._told[word] = value
            self._send(word, value)

    def _send(self, word: str, value: object) -> None:
        self._line.send(self._epoch, word, value)
