"""The window's link to the engine: torch is imported in the background, and calls wait for it."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from flowlab.core.document.document import Document
from flowlab.core.document.losses import Regression
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.weights import TrainingRecord
from flowlab.core.views.query import Query
from flowlab.core.views.results import Result
from flowlab.ui.state.frame_budget import FRAME

if TYPE_CHECKING:
    from flowlab.work.face import EngineFace
    from flowlab.work.queries import Answer
    from flowlab.work.status import Status
    from flowlab.work.trouble import Trouble

POLL_MS = 30

A = TypeVar("A")


class EngineLink(QObject):
    """Starts the engine on a thread, and passes calls on, in order, once it exists."""

    plots_ready = Signal()  # pyqtgraph has been imported, which is long before torch is
    ready = Signal()

    def __init__(
        self, device: str = "auto", parent: QObject | None = None, *, alone: bool = True
    ) -> None:
        """Set the device; if `alone`, the engine has its own process (the benchmark tries both)."""
        super().__init__(parent)
        self._alone = alone
        self.engine: EngineFace | None = None
        self._held: tuple[Document, Branch] | None = None  # the newest edit, still to be sent
        self._applied = 0.0
        self._device, self._error = device, ""
        self._made: EngineFace | None = None
        self._opened: tuple[Document, TrainingRecord | None, Branch] | None = None
        self._branch = FIRST  # of the newest edit
        self.plots = False  # True once pyqtgraph has been imported
        self._waiting: list[Callable[[EngineFace], Any]] = []
        self._thread: threading.Thread | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)

    def start(self) -> None:
        """Import torch and create the engine in the background; `ready` follows."""
        if self._made is None and (self._thread is None or not self._thread.is_alive()):
            self._error = ""
            self._thread = threading.Thread(target=self._make, name="flowlab-warm-up")
            self._thread.start()
            self._poll.start()

    @property
    def trouble(self) -> Trouble | None:
        """The engine's problem, or None."""
        if self._error:
            from flowlab.work.trouble import RESTART, Trouble

            return Trouble(self._error, RESTART)
        engine = self.engine or self._made
        return None if engine is None else engine.trouble

    def restart(self) -> None:
        """Start the engine again with the open experiment."""
        self.start()
        if self._made is not None:
            self.call(lambda engine: engine.restart())

    def call(self, action: Callable[[EngineFace], Any]) -> None:
        """Do `action(engine)` as soon as there is an engine, after edits not yet sent."""
        self.flush()
        self._waiting.append(action)
        self._hand_on()

    def _hand_on(self) -> None:
        """Do the waiting calls in order, if there is an engine."""
        engine = self.engine or self._made
        while engine is not None and self._waiting:
            self._waiting.pop(0)(engine)

    def apply(self, document: Document, branch: Branch = FIRST) -> None:
        """Send a new document to the engine; during a drag, only the newest one of each frame."""
        if self._held is not None and self._held[1].number != branch.number:
            self.flush()  # a training begins there
        self._held, self._branch = (document, branch), branch
        if time.perf_counter() - self._applied >= FRAME:
            self.flush()

    def flush(self) -> None:
        """Send the waiting edit, if there is one; the workspace does so every frame."""
        held, self._held = self._held, None
        if held is not None:
            self._applied = time.perf_counter()
            self.call(lambda engine: engine.apply(*held))

    def open(
        self, document: Document, record: TrainingRecord | None, branch: Branch = FIRST
    ) -> None:
        """Open another experiment, with its saved training or with new weights."""
        self._held = None
        self._opened, self._branch = (document, record, branch), branch
        self.call(lambda engine: engine.open(document, record, branch))

    def record(self, network: Network, branch: Branch | None = None) -> TrainingRecord | None:
        """Return a training: the opened one, until the engine has answered."""
        self._hand_on()
        engine = self.engine or self._made
        if engine is not None:
            return engine.record(network, branch)
        if self._opened is None:
            return None
        document, record, opened = self._opened
        fits = document.network == network and (branch is None or branch.can_use(opened.number))
        return record if fits else None

    def ask(self, query: Query[Any]) -> None:
        """Send a query to the engine; `answer` returns its result."""
        self.call(lambda engine: engine.ask(query))

    def answer(self, kind: type[Query[A]], key: object = None) -> Answer[A] | None:
        """Return the newest answer to this kind of query (with this key), or None."""
        return self.engine.answer(kind, key) if self.engine is not None else None

    def cancel(self, kind: type[Query[Any]]) -> None:
        """Cancel queries of this kind."""
        self.call(lambda engine: engine.cancel(kind))

    def newest(self) -> Result | None:
        """Return the newest result of a plan, or None."""
        return self.engine.newest() if self.engine is not None else None

    def status(self) -> Status | None:
        """Return the engine's status; before it exists, what the opened experiment tells."""
        if self.engine is not None:
            return self.engine.status()
        if self._opened is None:
            return None
        document, record, opened = self._opened
        fits = self._branch.can_use(opened.number)
        return opened_status(document, record if fits else None)

    def close(self) -> None:
        """Stop every thread; return when they have ended."""
        self._poll.stop()
        if self._thread is not None:
            self._thread.join()
        engine, self.engine, self._made = self.engine or self._made, None, None
        if engine is not None:
            engine.close()

    def _make(self) -> None:
        try:
            self._made = _remote(self._device) if self._alone else _local(self._device)
        except Exception as error:
            self._error = f"The engine could not start: {str(error).rstrip('.')}."
        _import_plot()

    def _look(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        if not self.plots:
            self.plots = True
            self.plots_ready.emit()
        engine = self._made
        if engine is None:  # the engine could not be created: `trouble` has the reason
            self._poll.stop()
            return
        self._hand_on()
        if engine.ready:
            self._poll.stop()
            self.engine = engine
            self.ready.emit()


def opened_status(document: Document, record: TrainingRecord | None) -> Status:
    """What a saved training tells by itself: its steps, its losses, and its earlier moments."""
    from flowlab.work.status import Status, history_of  # the first frame doesn't need it

    regression = Regression.of(document)
    if record is None:
        return Status(steps_kept=(0,), regression=regression)
    weights = record.weights
    return Status(
        state="paused",
        step=weights.step,
        seconds=weights.seconds,
        history=history_of(record.losses),
        regression=regression,
        steps_kept=(*(snapshot.step for snapshot in record.snapshots), weights.step),
    )


def _import_plot() -> None:
    """Import pyqtgraph, which is slow, while the engine's process imports torch."""
    importlib.import_module("flowlab.ui.plots.loss_plot")


def _remote(device: str) -> EngineFace:
    from flowlab.work.remote import RemoteEngine

    return RemoteEngine(device)


def _local(device: str) -> EngineFace:
    from flowlab.work.engine import Engine, warm_up

    warm_up()
    return Engine(device)
