"""The engine's process: receives wishes, and sends what has changed, only the newest of each."""

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
    from flowlab.work.shelf import Shelved
    from flowlab.work.weights_history import Snapshot

NICENESS = 10  # the window comes first
LISTEN_SECONDS = 0.004  # wait for a command before looking for changes
STATUS_SECONDS = 0.05
READY, FAILED, CLOSED = "ready", "failed", "closed"  # words about the process itself


def serve(pipe: Connection, device: str, table: Table) -> None:
    """The process's main function: run an engine until "close" arrives or the window is gone."""
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
    """Ignore Ctrl+C and a closed terminal; the window ends this process when it is done."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


class Herald:
    """Receives wishes and sends what has changed, only the newest of each."""

    def __init__(self, engine: Engine, pipe: Connection, line: Sender) -> None:
        self._engine, self._pipe, self._line = engine, pipe, line
        self._sent: dict[str, object] = {}
        self._sent_snapshots: tuple[Snapshot, ...] = ()
        self._sent_kept: Mapping[int, Shelved] = {}
        self._sent_answers: Mapping[Slot, Answer[Any]] = {}
        self._due, self._epoch = 0.0, 0

    def run(self) -> None:
        """Run until "close" arrives or the connection breaks."""
        while True:
            if self._pipe.poll(LISTEN_SECONDS):
                self._epoch, name, arguments = self._pipe.recv()
                if name == "close":
                    return
                self._hear(name, arguments)
            self._send_news()

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open":
            self._sent_snapshots = ()
        self._due = 0.0
        self._engine.tell(name, *arguments)

    def _send_news(self) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + STATUS_SECONDS
            self._send("status", self._engine.status())
        published = self._engine.saving.published()
        self._send_snapshots()  # first, so that no snapshot is missing for newer weights
        if published is not None and published is not self._sent.get("published"):
            self._sent["published"] = published
            self._send("published", (published, self._engine.saving.losses()))
        self._send_if_new("bundle", self._engine.newest())
        self._send_if_new("pinned", self._engine.pinned())
        self._send_answers()
        self._send_kept()

    def _send_kept(self) -> None:
        """Send the trainings that were left, so that they outlive this process."""
        shelved, sent = self._engine.saving.shelved(), self._sent_kept
        if shelved is not sent:
            self._sent_kept = shelved
            for number, training in shelved.items():
                if sent.get(number) is not training:
                    self._send("kept", training.kept)

    def _send_snapshots(self) -> None:
        """Send the steps of the saved snapshots, and the snapshots that the window lacks."""
        snapshots = self._engine.saving.snapshots()
        if not snapshots or snapshots is self._sent_snapshots:
            return
        known = {snapshot.step: snapshot for snapshot in self._sent_snapshots}
        fresh = {m.step: m.saved for m in snapshots if known.get(m.step) is not m}
        self._sent_snapshots = snapshots
        steps = tuple(snapshot.step for snapshot in snapshots)
        self._send("snapshots", (snapshots[0].document.network, steps, fresh))

    def _send_answers(self) -> None:
        newest, sent = self._engine.answers.newest, self._sent_answers
        if newest is not sent:
            self._sent_answers = newest
            for slot, answer in newest.items():
                if sent.get(slot) is not answer:
                    self._send("answer", answer)

    def _send_if_new(self, word: str, value: object) -> None:
        if value is not None and value is not self._sent.get(word):
            self._sent[word] = value
            self._send(word, value)

    def _send(self, word: str, value: object) -> None:
        self._line.send(self._epoch, word, value)
