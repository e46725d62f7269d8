"""The engine in a process of its own: the window shares no interpreter lock with the training.

`flowlab bench` measures both: on two cores, training in the window's process reaches less than
half the rate, and frames are missed.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.weights import TrainingRecord
from flowlab.core.views.query import Query
from flowlab.core.views.results import Result
from flowlab.work.engine_process import FAREWELL_SECONDS, EngineProcess
from flowlab.work.face import A, EngineFace
from flowlab.work.mirror import Mirror
from flowlab.work.queries import QUERIES, Answer, Table
from flowlab.work.status import Status
from flowlab.work.trouble import (
    DOWN,
    LOST,
    LOST_AGAIN,
    Trouble,
    could_not_start,
    not_started,
    replaced,
    silent,
)
from flowlab.work.wanted import Wanted
from flowlab.work.wishes import Wish, wish_of

SILENCE_SECONDS = 10.0  # after which it is said that nothing is heard
START_SECONDS = 20.0  # after which it is said that it has not started yet
AGAIN_SECONDS = 60.0  # two losses within this are one too many


class RemoteEngine(EngineFace):
    """What `Engine` offers, answered by an engine in another process; no call waits for it.

    The process starts in the background. Until it is `ready`, and after it is lost, wishes are
    remembered. A lost process is replaced by another with the document, weights and snapshots.
    """

    def __init__(self, device: str = "auto", table: Table = QUERIES) -> None:
        super().__init__(table)
        self._device = device
        self._news = threading.RLock()
        self._mirror = Mirror(table)
        self._wanted = Wanted()
        self._closing = False
        self._lost_at: float | None = None
        self._trouble: Trouble | None = None
        self._process: EngineProcess | None = None  # none while there is none that answers
        self._gone: EngineProcess | None = None  # lost or dropped, and still to be ended
        self._anew, self._began = False, time.monotonic()  # of the start that is under way
        self._starting = self._start_process()

    # --- wishes: put down and sent some time ---------------------------------------------------

    def tell(self, name: str, *arguments: Any) -> None:
        with self._news:
            if name == "open":
                self._mirror.begin(*arguments)
            elif name == "cancel":
                self._mirror.cancel(arguments[0], self._number)
            self._wish(wish_of(self._table, name, arguments))

    def _wish(self, wish: Wish) -> None:
        self._wanted.note(wish)
        self._send(wish)

    def _send(self, wish: Wish) -> None:
        if self._process is not None:
            self._process.put(self._mirror.epoch, wish)

    # --- what is to be seen --------------------------------------------------------------------

    def newest(self) -> Result | None:
        return self._mirror.bundle

    def pinned(self) -> Result | None:
        bundle = self._mirror.pinned
        return bundle if bundle is not None and bundle.step == self._mirror.status.pinned else None

    def answer(self, kind: type[Query[A]], key: object = None) -> Answer[A] | None:
        return self._mirror.answers.get((kind, key))

    def progress(self, kind: type[Query[Any]]) -> float | None:
        return self.status().progress.get(kind)

    def record(
        self, network: Network | None = None, branch: Branch | None = None
    ) -> TrainingRecord | None:
        with self._news:
            return self._mirror.record(network, branch)

    def status(self) -> Status:
        trouble = self.trouble
        if trouble is None or not trouble.stops:
            return self._mirror.status
        return replace(self._mirror.status, state="stopped", reason=DOWN)

    # --- the process ---------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        return self._process is not None

    @property
    def trouble(self) -> Trouble | None:
        known, process = self._trouble, self._process
        if known is not None and time.monotonic() < known.until:
            return known
        if process is not None and process.silence >= SILENCE_SECONDS:
            return silent(process.silence)
        since = time.monotonic() - self._began
        if process is None and since >= START_SECONDS:
            return not_started(since)
        return None

    def restart(self) -> None:
        with self._news:
            self._lost_at = None
            self._anew = self._starting.is_alive()  # which then gives up what it waits for
            self._replace(LOST)

    def close(self) -> bool:
        """See `EngineFace.close`; the other process is ended by force after a second."""
        with self._news:
            self._closing = True
            process = self._process
            if process is not None:
                process.ask_to_end(self._mirror.epoch)
        self._starting.join()  # which looks whether it is still waited for
        self._end_gone()
        if process is not None:
            process.end(FAREWELL_SECONDS)
        return not self._starting.is_alive()

    def _lost(self, process: EngineProcess) -> None:
        """In the receiving thread: the process ended by itself."""
        with self._news:
            if process is not self._process:
                return
            now = time.monotonic()
            again = self._lost_at is not None and now - self._lost_at < AGAIN_SECONDS
            self._lost_at = now
            self._replace(LOST_AGAIN if again else LOST)

    def _replace(self, trouble: Trouble) -> None:
        """Drop the process, and start another unless `trouble` leaves that to the person."""
        if self._closing or self._starting.is_alive():
            return
        self._trouble = trouble
        self._gone, self._process = self._process or self._gone, None
        if trouble is LOST:
            self._starting = self._start_process()

    def _start_process(self) -> threading.Thread:
        thread = threading.Thread(target=self._start, name="flowlab-engine-start")
        thread.start()
        return thread

    def _end_gone(self) -> None:
        gone, self._gone = self._gone, None
        if gone is not None:
            gone.end()

    def _start(self) -> None:
        self._end_gone()
        process = self._started()
        while process is None and self._anew and not self._closing:
            process = self._started()
        if process is None:
            return
        with self._news:
            if self._closing:
                process.end()
                return
            self._process = process
            self._resume()
        process.listen()

    def _started(self) -> EngineProcess | None:
        """A process that is ready; None if it couldn't start, with the reason in `_trouble`."""
        self._anew, self._began = False, time.monotonic()
        try:
            process = EngineProcess(self._device, self._hear, self._lost, self._table)
            process.wait_until_ready(lambda: self._closing or self._anew)
        except Exception as error:
            self._trouble = could_not_start(error)
            return None
        return process

    def _resume(self) -> None:
        """Let a new process continue where the lost one stopped, if there was one."""
        mirror, document = self._mirror, self._wanted.document
        going = self._wanted.training and not mirror.status.reason
        if document is not None:
            self._open_again(document, self._wanted.branch)
        for wish in self._wanted.once_more(going):
            self._send(wish)
        self._trouble = None if self._trouble is None else replaced(mirror.status.step)

    def _open_again(self, document: Document, branch: Branch) -> None:
        """Open the newest weights that are known with their document, then go to this one."""
        mirror, published = self._mirror, self._mirror.published
        number = branch.number if published is None else published.branch
        basis, kept = self._wanted.documents.get(number, document), mirror.kept
        record = mirror.record(basis.network, Branch(number))
        mirror.begin(basis, record, Branch(number))
        self._send(Wish("open", (basis, record, Branch(number))))
        for training in kept.values():
            if training.number != number:
                self._send(Wish("keep", (training,)))
        if number != branch.number or basis != document:
            self._send(Wish("apply", (document, branch)))

    def _hear(self, epoch: int, word: str, value: Any) -> None:
        """In the receiving thread: take news; wishes that wait for snapshots are sent with them."""
        with self._news:
            self._mirror.take(epoch, word, value)
            if word == "snapshots" and epoch == self._mirror.epoch:
                for wish in self._wanted.for_snapshots():
                    self._wish(wish)
