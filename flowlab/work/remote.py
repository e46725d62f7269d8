"""The engine in a process of its own: the window shares no interpreter lock with the training.

`flowlab bench` runs the window both ways: on two cores, in one process the training reaches less
than half the rate that it has in two, and frames are missed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from flowlab.core.bundle import Bundle
from flowlab.core.document import Document, Network
from flowlab.core.lens import Look, Sight
from flowlab.core.shapes import Shape
from flowlab.core.weights import Weights
from flowlab.environment import calm_threads
from flowlab.work.parcel import Receiver, Sender
from flowlab.work.status import Rectified, Status

Floats = np.ndarray[Any, Any]
Outbox = Callable[[str, object], None]

NICENESS = 10  # the window comes first
LISTEN_SECONDS = 0.004  # how long the engine's process waits for a command before it looks round
STATUS_SECONDS = 0.05
READY_SECONDS = 120.0  # a cold disk and a first calibration take some
FAREWELL_SECONDS = 5.0
PATIENCE_SECONDS = 2.0  # for what is waited for
MOMENTS = "moments"


class RemoteEngine:
    """What `Engine` offers, answered by an engine in another process; reads never wait.

    Made in the calling thread, it returns when the other process is ready; raises RuntimeError
    with one sentence when that process could not start.
    """

    def __init__(self, device: str = "auto") -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, device), daemon=True)
        self._process.start()
        theirs.close()
        self._line = Receiver(self._pipe)
        self._lock = threading.Lock()
        self._bundle: Bundle | None = None
        self._probe: Bundle | None = None
        self._rectified: Rectified | None = None
        self._pinned: Bundle | None = None
        self._moments: tuple[Weights, ...] = ()
        self._moments_came = threading.Event()
        self._sight: Sight | None = None
        self._published: tuple[Network, Weights] | None = None
        self._epoch = 0  # counts what was opened: news of an earlier document is dropped
        self._news = threading.Lock()
        self._status = Status()
        self._clouds: dict[str, Floats] = {}
        self._await_readiness()
        self._receiver = threading.Thread(
            target=self._receive, name="flowlab-receiver", daemon=True
        )
        self._receiver.start()

    def _await_readiness(self) -> None:
        word, value = "failed", f"its process was not ready after {READY_SECONDS:.0f} seconds"
        try:
            if self._pipe.poll(READY_SECONDS):
                _, word, value = self._line.receive()
        except EOFError:
            value = "its process ended"
        if word != "ready":
            self._process.terminate()
            raise RuntimeError(str(value))

    # --- wishes: sent and forgotten ------------------------------------------------------------

    def apply(self, document: Document) -> None:
        """See `Engine.apply`."""
        self._send("apply", document)

    def open(
        self,
        document: Document,
        weights: Weights | None = None,
        moments: Sequence[Weights] = (),
    ) -> None:
        """See `Engine.open`; until the answer there is nothing to be seen."""
        with self._news:
            self._epoch += 1
            self._bundle = self._pinned = self._probe = self._sight = None
            self._rectified = None
            self._published = None if weights is None else (document.network, weights)
            self._status = Status(device=self._status.device)
        self._send("open", document, weights, tuple(moments))

    def train(self) -> None:
        """See `Engine.train`."""
        self._send("train")

    def pause(self) -> None:
        """See `Engine.pause`."""
        self._send("pause")

    def step(self) -> None:
        """See `Engine.step`."""
        self._send("step")

    def reset(self) -> None:
        """See `Engine.reset`."""
        self._send("reset")

    def watch(self, t: float) -> None:
        """See `Engine.watch`."""
        self._send("watch", t)

    def look_back(self, step: int | None) -> None:
        """See `Engine.look_back`."""
        self._send("look_back", step)

    def pin(self, step: int | None) -> None:
        """See `Engine.pin`."""
        self._send("pin", step)

    def probe(self, points: Floats, from_time: int = 0) -> None:
        """See `Engine.probe`."""
        self._send("probe", points, from_time)

    def look(self, look: Look) -> None:
        """See `Engine.look`."""
        self._send("look", look)

    def rectify(self) -> None:
        """See `Engine.rectify`."""
        self._send("rectify")

    def stop_rectifying(self) -> None:
        """See `Engine.stop_rectifying`."""
        self._send("stop_rectifying")

    def request_cloud(self, key: str, shape: Shape) -> None:
        """See `Engine.request_cloud`."""
        self._send("request_cloud", key, shape)

    def measure(self, names: Sequence[str]) -> None:
        """See `Engine.measure`."""
        self._send("measure", tuple(names))

    def close(self) -> None:
        """End the other process and the receiving thread; harmless when called again."""
        self._send("close")
        self._process.join(FAREWELL_SECONDS)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()
        self._receiver.join()
        self._pipe.close()

    # --- what is to be seen --------------------------------------------------------------------

    def newest(self) -> Bundle | None:
        """The newest bundle."""
        return self._bundle

    def pinned(self) -> Bundle | None:
        """The bundle of the pinned moment; none of a moment that is pinned no longer."""
        bundle = self._pinned
        return bundle if bundle is not None and bundle.step == self._status.pinned else None

    def newest_probe(self) -> Bundle | None:
        """The newest answer to `probe`."""
        return self._probe

    def newest_sight(self) -> Sight | None:
        """The newest answer to `look`."""
        return self._sight

    def rectified(self) -> Rectified | None:
        """The newest coupling made by `rectify`."""
        return self._rectified

    def cloud(self, key: str) -> Floats | None:
        """Samples asked for by `request_cloud`."""
        return self._clouds.get(key)

    def weights(self, network: Network) -> Weights | None:
        """The newest published weights, if they are of this network."""
        published = self._published
        return published[1] if published is not None and published[0] == network else None

    def status(self) -> Status:
        """The newest status."""
        return self._status

    def moments(self) -> tuple[Weights, ...]:
        """See `Engine.moments`; the one answer that is waited for, and not long."""
        self._moments_came.clear()
        self._send(MOMENTS)
        return self._moments if self._moments_came.wait(PATIENCE_SECONDS) else ()

    # --- the line ------------------------------------------------------------------------------

    def _send(self, name: str, *arguments: object) -> None:
        with self._lock, contextlib.suppress(OSError):  # a lost engine is told by the status
            self._pipe.send((self._epoch, name, arguments))

    def _receive(self) -> None:
        while True:
            try:
                epoch, word, value = self._line.receive()
            except (EOFError, OSError):
                self._status = Status(state="stopped", reason=LOST)
                return
            if word == "closed":
                return
            with self._news:
                self._take(epoch, word, value)

    def _take(self, epoch: int, word: str, value: Any) -> None:
        if isinstance(value, Bundle):
            value.__post_init__()  # the arrays that came are writable again
        if word == "cloud":
            self._clouds[value[0]] = value[1]
        elif epoch == self._epoch:
            setattr(self, f"_{word}", value)
            if word == MOMENTS:
                self._moments_came.set()


LOST = "The engine's process ended unexpectedly; save your work and start FlowLab again."


def serve(pipe: Connection, device: str) -> None:
    """What runs in the other process: an engine, and a loop that hears wishes and tells news."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the window's process
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    calm_threads()
    line = Sender(pipe)
    with contextlib.suppress(EOFError, OSError):  # the window is gone: there is nobody to tell
        try:
            from flowlab.work.engine import Engine, warm_up

            warm_up()
            engine = Engine(device)
        except Exception as error:
            line.send(0, "failed", f"{error}".split("\n")[0])
            return
        try:
            line.send(0, "ready", None)
            Herald(engine, pipe, line).run()
        finally:
            engine.close()
        line.send(0, "closed", None)


class Herald:
    """Hears wishes and tells what has changed, the newest only."""

    def __init__(self, engine: Any, pipe: Connection, line: Sender) -> None:
        self._engine, self._pipe, self._line = engine, pipe, line
        self._told: dict[str, object] = {}
        self._wanted: set[str] = set()
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
        if name == "request_cloud":
            self._wanted.add(arguments[0])
        self._due = 0.0
        try:
            answer = getattr(self._engine, name)(*arguments)
        except Exception as error:  # this wish is lost, not the engine with its weights
            self._engine.tell_problem(error)
            answer = ()
        if name == MOMENTS:
            self._send(MOMENTS, answer)

    def _tell_news(self) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + STATUS_SECONDS
            self._send("status", self._engine.status())
        self._tell("published", self._engine.published())
        self._tell("bundle", self._engine.newest())
        self._tell("pinned", self._engine.pinned())
        self._tell("probe", self._engine.newest_probe())
        self._tell("rectified", self._engine.rectified())
        self._tell("sight", self._engine.newest_sight())
        for key in [key for key in self._wanted if self._engine.cloud(key) is not None]:
            self._wanted.discard(key)
            self._send("cloud", (key, self._engine.cloud(key)))

    def _tell(self, word: str, value: object) -> None:
        if value is not None and value is not self._told.get(word):
            self._told[word] = value
            self._send(word, value)

    def _send(self, word: str, value: object) -> None:
        self._line.send(self._epoch, word, value)
