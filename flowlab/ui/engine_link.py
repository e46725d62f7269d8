"""The window's line to the engine: torch is imported behind it, and calls wait for it."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from flowlab.core.bundle import Bundle
from flowlab.core.document import Document
from flowlab.core.weights import Weights
from flowlab.ui.frame_budget import FRAME

if TYPE_CHECKING:
    from flowlab.work.engine import Engine
    from flowlab.work.remote import RemoteEngine
    from flowlab.work.status import Status

    AnyEngine = Engine | RemoteEngine

POLL_MS = 30


class EngineLink(QObject):
    """Starts the engine on a thread of its own and passes calls on, in order, once it is there."""

    ready = Signal()
    failed = Signal(str)

    def __init__(
        self, device: str = "auto", parent: QObject | None = None, *, alone: bool = True
    ) -> None:
        """`alone`: the engine has a process of its own; the benchmark tries it without, too."""
        super().__init__(parent)
        self._alone = alone
        self.engine: AnyEngine | None = None
        self._held: Document | None = None  # an edit on its way to the engine
        self._applied = 0.0
        self._device, self._error = device, ""
        self._made: AnyEngine | None = None
        self._waiting: list[Callable[[AnyEngine], Any]] = []
        self._thread: threading.Thread | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)

    def start(self) -> None:
        """Import torch and build the engine in the background; `ready` follows."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._make, name="flowlab-warm-up")
            self._thread.start()
            self._poll.start()

    def call(self, action: Callable[[AnyEngine], Any]) -> None:
        """Do `action(engine)` now, or as soon as there is an engine, after edits still held."""
        self.flush()
        if self.engine is not None:
            action(self.engine)
        else:
            self._waiting.append(action)

    def apply(self, document: Document) -> None:
        """Hand the engine a new document; of a drag only the newest of a frame."""
        self._held = document
        if time.perf_counter() - self._applied >= FRAME:
            self.flush()

    def flush(self) -> None:
        """Hand on the edit that is held, if there is one; the room does so every frame."""
        document, self._held = self._held, None
        if document is not None:
            self._applied = time.perf_counter()
            self.call(lambda engine: engine.apply(document))

    def open(
        self, document: Document, weights: Weights | None, moments: Sequence[Weights] = ()
    ) -> None:
        """Another experiment: with the weights and moments it was saved with, or fresh ones."""
        self._held = None
        self.call(lambda engine: engine.open(document, weights, moments))

    def newest(self) -> Bundle | None:
        """The newest bundle, if there is one."""
        return self.engine.newest() if self.engine is not None else None

    def status(self) -> Status | None:
        """What the engine is doing, once it is there."""
        return self.engine.status() if self.engine is not None else None

    def close(self) -> None:
        """Stop every thread; returns when they have ended."""
        self._poll.stop()
        if self._thread is not None:
            self._thread.join()
        engine, self.engine = self.engine or self._made, None
        if engine is not None:
            engine.close()

    def _make(self) -> None:
        plot = threading.Thread(target=_import_plot, name="flowlab-plot")
        plot.start()
        try:
            self._made = _remote(self._device) if self._alone else _local(self._device)
        except Exception as error:
            self._error = f"The numerical engine could not start: {error}"
        plot.join()

    def _look(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        self._poll.stop()
        if self._made is None:
            self.failed.emit(self._error)
            return
        self.engine, self._made = self._made, None
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            action(self.engine)
        self.ready.emit()


def _import_plot() -> None:
    """Import pyqtgraph, which is slow, while the engine's process imports torch."""
    importlib.import_module("flowlab.ui.loss_plot")


def _remote(device: str) -> AnyEngine:
    from flowlab.work.remote import RemoteEngine

    return RemoteEngine(device)


def _local(device: str) -> AnyEngine:
    from flowlab.work.engine import Engine, warm_up

    warm_up()
    return Engine(device)
