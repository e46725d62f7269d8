"""The engine in a process of its own: the window shares no interpreter lock with the training.

`flowlab bench` runs the window both ways: on two cores, in one process the training reaches less
than half the rate that it has in two, and frames are missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flowlab.core.document.document import Document, Network
from flowlab.core.document.shapes import Shape
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.work.engine_process import FAREWELL_SECONDS, EngineProcess
from flowlab.work.status import Rectified, Status, history_of
from flowlab.work.wanted import Wanted

Floats = np.ndarray[Any, Any]
Published = tuple[Network, Weights, Mapping[str, Floats]]  # with the losses on the way

SILENCE_SECONDS = 10.0  # after which it is said that nothing is heard
START_SECONDS = 20.0  # after which it is said that it has not started yet
AGAIN_SECONDS = 60.0  # two losses within this are one too many
TOLD_SECONDS = 10.0  # that a restart is told of, afterwards
RESTART = "Start the engine again"
SAFE = "Your document and weights are still here."
DOWN = "The engine is not running."


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the engine's process, in a sentence, and the words of its cure if any."""

    sentence: str
    cure: str = ""
    stops: bool = True  # nothing is computed meanwhile
    until: float = float("inf")


LOST = Trouble(
    "The engine ended unexpectedly and is being started again with your document and weights."
)
LOST_AGAIN = Trouble(
    "The engine ended unexpectedly twice within a minute, perhaps for lack of memory. Your "
    "document and weights are still here: save them, make the experiment smaller, and start the "
    "engine again.",
    RESTART,
)


class RemoteEngine:
    """What `Engine` offers, answered by an engine in another process; no call waits for it.

    The process is started in the background; until it is `ready`, and while it is lost, wishes are
    remembered. One that is lost is replaced by another, with the document, weights and moments.
    """

    def __init__(self, device: str = "auto") -> None:
        self._device = device
        self._news = threading.RLock()
        self._bundle: Bundle | None = None
        self._probe: Bundle | None = None
        self._rectified: Rectified | None = None
        self._pinned: Bundle | None = None
        self._sight: LensAnswer | None = None
        self._published: Published | None = None
        self._moments: dict[int, Weights] = {}
        self._moments_of: Network | None = None
        self._epoch = 0  # counts what was opened: news of an earlier document is dropped
        self._status = Status()
        self._clouds: dict[str, Floats] = {}
        self._wanted = Wanted()
        self._closing = False
        self._lost_at: float | None = None
        self._trouble: Trouble | None = None
        self._process: EngineProcess | None = None  # none while there is none that answers
        self._gone: EngineProcess | None = None  # lost or let go, and still to be ended
        self._basis: Document | None = None  # that was opened with the weights that are known
        self._anew, self._began = False, time.monotonic()  # of the start that is under way
        self._starting = self._start_process()

    # --- wishes: put down and sent some time ---------------------------------------------------

    def apply(self, document: Document) -> None:
        """See `Engine.apply`."""
        self._wish("apply", document)

    def open(self, document: Document, record: TrainingRecord | None = None) -> None:
        """See `Engine.open`; until the answer there is nothing to be seen."""
        with self._news:
            self._basis = document
            self._begin(document, record)
            self._wish("open", document, record)

    def _begin(self, document: Document, record: TrainingRecord | None) -> None:
        """What is known from now on: what was opened, and nothing of an earlier document."""
        self._epoch += 1
        self._bundle = self._pinned = self._probe = self._sight = self._rectified = None
        self._published, self._moments, self._status = None, {}, Status(device=self._status.device)
        if record is not None:
            weights = record.weights
            self._published = document.network, weights, record.losses
            self._moments = {kept.step: kept for kept in record.moments}
            self._moments_of = document.network
            history = history_of(record.losses)
            self._status = replace(
                self._status, step=weights.step, seconds=weights.seconds, history=history
            )

    def train(self) -> None:
        """See `Engine.train`."""
        self._wish("train")

    def pause(self) -> None:
        """See `Engine.pause`."""
        self._wish("pause")

    def step(self) -> None:
        """See `Engine.step`."""
        self._wish("step")

    def reset(self) -> None:
        """See `Engine.reset`."""
        self._wish("reset")

    def watch(self, t: float) -> None:
        """See `Engine.watch`."""
        self._wish("watch", t)

    def look_back(self, step: int | None) -> None:
        """See `Engine.look_back`."""
        self._wish("look_back", step)

    def pin(self, step: int | None) -> None:
        """See `Engine.pin`."""
        self._wish("pin", step)

    def probe(self, points: Floats, from_time: int = 0) -> None:
        """See `Engine.probe`."""
        self._wish("probe", points, from_time)

    def look(self, look: LensQuery) -> None:
        """See `Engine.look`."""
        self._wish("look", look)

    def rectify(self) -> None:
        """See `Engine.rectify`."""
        self._wish("rectify")

    def stop_rectifying(self) -> None:
        """See `Engine.stop_rectifying`."""
        self._wish("stop_rectifying")

    def request_cloud(self, key: str, shape: Shape) -> None:
        """See `Engine.request_cloud`."""
        self._wish("request_cloud", key, shape)

    def measure(self, names: Sequence[str]) -> None:
        """See `Engine.measure`."""
        self._wish("measure", tuple(names))

    def _wish(self, name: str, *arguments: Any) -> None:
        with self._news:
            self._wanted.note(name, arguments)
            if self._process is not None:
                self._process.put(self._epoch, name, arguments)
            elif name == "reset":
                self._published, self._moments = None, {}

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

    def newest_sight(self) -> LensAnswer | None:
        """The newest answer to `look`."""
        return self._sight

    def rectified(self) -> Rectified | None:
        """The newest coupling made by `rectify`."""
        return self._rectified

    def cloud(self, key: str) -> Floats | None:
        """Samples asked for by `request_cloud`."""
        return self._clouds.get(key)

    def record(self, network: Network | None = None) -> TrainingRecord | None:
        """See `Engine.record`; what was opened, until the engine has answered."""
        with self._news:
            published, kept = self._published, self._moments
            if published is None or network not in (None, published[0]):
                return None
            own = self._moments_of == published[0]
            moments = [kept[step] for step in sorted(kept)] if own else []
            return TrainingRecord(weights=published[1], losses=published[2], moments=moments)

    def status(self) -> Status:
        """The newest status."""
        trouble = self.trouble
        if trouble is None or not trouble.stops:
            return self._status
        return replace(self._status, state="stopped", reason=DOWN)

    # --- the process ---------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether there is a process that answers."""
        return self._process is not None

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with the engine's process, if anything is."""
        known, process = self._trouble, self._process
        if known is not None and time.monotonic() < known.until:
            return known
        if process is not None and process.silence >= SILENCE_SECONDS:
            words = f"The engine has not answered for {process.silence:.0f} seconds."
            return Trouble(words, RESTART, stops=False)
        since = time.monotonic() - self._began
        if process is None and since >= START_SECONDS:
            return Trouble(f"The engine has not started for {since:.0f} seconds.", RESTART)
        return None

    def restart(self) -> None:
        """Start the process anew, where it is lost or doesn't answer; returns at once."""
        with self._news:
            self._lost_at = None
            self._anew = self._starting.is_alive()  # which then gives up what it waits for
            self._replace(LOST)

    def close(self) -> None:
        """End the other process and all threads, by force after a second; harmless again."""
        with self._news:
            self._closing = True
            process = self._process
            if process is not None:
                process.ask_to_end(self._epoch)
        self._starting.join()  # which looks whether it is still waited for
        self._end_gone()
        if process is not None:
            process.end(FAREWELL_SECONDS)

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
        """Let the process go, and start another unless `trouble` leaves that to the person."""
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
            self._resume(process)
        process.listen()

    def _started(self) -> EngineProcess | None:
        """A process that is ready; None, with a trouble that says why, without one."""
        self._anew, self._began = False, time.monotonic()
        try:
            process = EngineProcess(self._device, self._hear, self._lost)
            process.wait_until_ready(lambda: self._closing or self._anew)
        except Exception as error:
            words = f"The engine could not start: {str(error).rstrip('.')}. {SAFE}"
            self._trouble = Trouble(words, RESTART)
            return None
        return process

    def _resume(self, process: EngineProcess) -> None:
        """Have a new process go on where the one before it was lost, if there was one."""
        document = self._wanted.document
        going = self._wanted.training and not self._status.reason
        if document is not None:
            basis = self._basis or document
            if self.record(document.network) is not None:
                basis = document  # the weights are of it by now
            record = self.record(basis.network)
            self._begin(basis, record)
            process.put(self._epoch, "open", (basis, record))
            if basis != document:
                process.put(self._epoch, "apply", (document,))
        for name, arguments in self._wanted.once_more(going):
            process.put(self._epoch, name, arguments)
        self._trouble = None if self._trouble is None else _told(self._status.step)

    # --- news ----------------------------------------------------------------------------------

    def _hear(self, epoch: int, word: str, value: Any) -> None:
        with self._news:
            self._take(epoch, word, value)

    def _take(self, epoch: int, word: str, value: Any) -> None:
        if isinstance(value, Bundle):
            value.__post_init__()  # the arrays that came are writable again
        if word == "cloud":
            self._clouds[value[0]] = value[1]
        elif epoch != self._epoch:
            return
        elif word == "moments":
            self._moments_of, steps, fresh = value
            known = self._moments | fresh
            self._moments = {step: known[step] for step in steps if step in known}
            for name, arguments in self._wanted.of_moments():
                self._wish(name, *arguments)
        else:
            setattr(self, f"_{word}", value)


def _told(step: int) -> Trouble:
    words = f"The engine ended unexpectedly and was started again, at step {step:,}."
    return Trouble(words, stops=False, until=time.monotonic() + TOLD_SECONDS)
