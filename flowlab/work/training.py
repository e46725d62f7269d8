"""The training thread: it owns the trainer, which no other thread touches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.trainer import Diverged, Progress, Trainer
from flowlab.core.learning.weights import TrainingRecord
from flowlab.work.model import Model
from flowlab.work.shelf import Shelf, Training, flow_of
from flowlab.work.status import Recorder
from flowlab.work.weights_history import WeightsHistory, due_after
from flowlab.work.worker import Worker

_BLOCK_SECONDS = 0.015  # a pause, an edit and a preview wait no longer than about this
_MOST_STEPS = 64  # steps of a block
_HEAD_START = 0.06  # seconds of training before the first new picture


@dataclass(frozen=True)
class _Wish:
    """A document to follow; `fresh` begins a new training, or continues `record` if given."""

    document: Document
    record: TrainingRecord | None = None
    fresh: bool = False

    def after(self, pending: _Wish | None) -> _Wish:
        """The wish to follow when this one comes before `pending` was followed."""
        if pending is None or self.fresh:
            return self
        return replace(pending, document=self.document)

    def replaces(self, pending: _Wish) -> bool:
        """True if nothing is lost when `pending` is never followed by itself."""
        if self.fresh or pending.record is None:
            return True
        return flow_of(self.document) == flow_of(pending.document)


class TrainingThread:
    """Follows the newest document, trains it on command, and calls `publish(model)` in its thread.

    While training, a model is published only if `wanted()` is true: copying weights that nobody
    uses would slow the training down.
    """

    def __init__(
        self,
        place: Callable[[Document], Place],
        publish: Callable[[Model], None],
        wanted: Callable[[], bool],
        due: Callable[[int], int] = due_after,
    ) -> None:
        self._place, self._publish, self._free = place, publish, wanted
        self._due = due  # the step of the next snapshot, after a given one
        self.place = place(Document())  # of the present trainer
        self._lock = threading.Lock()
        self._wishes: list[_Wish] = []  # not yet followed
        self._unmet: _Wish | None = None  # opened, but not to be trained as it is
        self._newest: Document | None = None
        self._trainer: Trainer | None = None
        self._followed: Document | None = None  # by the trainer
        self._shelf = Shelf()
        self._going = False
        self._ending = False  # told to pause, with a block still to finish
        self._block = 1
        self._first_due = 0.0  # when training may first be pictured
        self.recorder = Recorder()
        self.weights_history = WeightsHistory()  # of the present trainer
        self.reason = ""
        self.problem = ""
        self._worker = Worker(self._blocks, self._after_block, name="training")
        self._worker.start(paused=True)

    # --- what others call, from any thread -----------------------------------------------------

    def want(self, document: Document) -> None:
        """Follow this document as soon as the present block ends; newer ones replace it."""
        self._post(_Wish(document))

    def open(self, document: Document, record: TrainingRecord | None = None) -> None:
        """Begin with this document, paused, with new weights or those of `record`.

        Where the saved weights don't fit, `problem` says so and the new ones stay.
        """
        self.reason, self._going = "", False
        self._worker.pause()
        self._post(_Wish(document, record, fresh=True))

    def _post(self, wish: _Wish) -> None:
        with self._lock:
            first, pending = not self._wishes, [] if wish.fresh else self._wishes
            last = pending[-1] if pending and wish.replaces(pending[-1]) else None
            self._wishes = [*pending[: len(pending) - (last is not None)], wish.after(last)]
            self._newest = wish.document
        if first:
            self._worker.post(self._catch_up)

    def train(self) -> None:
        """Train until paused."""
        self.reason, self._going = "", True
        self._first_due = time.monotonic() + _HEAD_START
        self._worker.resume()

    def pause(self) -> None:
        """Stop after the present block, whose weights are then published."""
        self._ending, self._going = self._ending or self._going, False
        self._worker.pause()
        self._worker.post(self._rest)

    def hold(self) -> None:
        """Rest after the present block, until `release`."""
        self._worker.pause()

    def release(self) -> None:
        """Continue after `hold`, unless paused meanwhile."""
        if self._going:
            self._worker.resume()

    def step(self) -> None:
        """Train for one step, then pause."""
        self.reason, self._going = "", False
        self._worker.post(self._single)

    def reset(self) -> None:
        """Take new weights for the newest document; continues training if it was training."""
        self.reason = ""
        self._worker.post(self._fresh)

    def close(self) -> bool:
        """End the thread."""
        return self._worker.stop()

    @property
    def state(self) -> str:
        """idle, training, paused or stopped."""
        if self.reason:
            return "stopped"
        if self._going or self._ending:
            return "training"
        return "paused" if self.recorder.step else "idle"

    # --- what runs in the thread ---------------------------------------------------------------

    def _blocks(self) -> Iterator[Progress | None]:
        while True:
            yield self._advance(self._block)

    def _advance(self, block: int) -> Progress | None:
        """Train one block of steps; None without a trainer, or if training failed."""
        if self._trainer is None:
            self._worker.pause()
            return None
        torch.set_num_threads(self.place.threads)  # the sampler may want another number
        start = time.perf_counter()
        try:
            progress = self._trainer.advance(block, self._due, self._remember)
        except Diverged as error:
            self._halt(str(error))
        except Exception as error:  # out of memory, a lost device: the window must live on
            self._halt(f"Training stopped: {error}".splitlines()[0])
        else:
            spent = time.perf_counter() - start
            self.recorder.add(progress.step, progress.mse, progress.quadratic, spent)
            self._pace(spent / block)
            return progress
        return None

    def _pace(self, each: float) -> None:
        """Set the steps of a block by the time for one, at most doubling them."""
        fitting = max(1, round(_BLOCK_SECONDS / max(each, 1e-6)))
        self._block = min(fitting, 2 * self._block, _MOST_STEPS)

    def _halt(self, reason: str) -> None:
        self._going, self.reason = False, reason
        self._worker.pause()
        if self._trainer is not None:
            self.recorder.step = self._trainer.step
            self._remember()
        self._publish_now()

    def _after_block(self, progress: Progress | None) -> None:
        if progress is not None and time.monotonic() >= self._first_due and self._free():
            self._publish_now()

    def _single(self) -> None:
        self._worker.pause()
        self._advance(1)
        self._publish_now()

    def _rest(self) -> None:
        """Publish the weights after the last block before a pause."""
        self._ending = False
        self._publish_now()

    def _publish_now(self) -> None:
        if self._trainer is not None and self._followed is not None:
            weights, recorder = self._trainer.weights(), self.recorder
            self._publish(Model(self._followed, weights, self.place.device, recorder))

    def _remember(self) -> None:
        """Add a snapshot of the present weights to the history."""
        if self._trainer is not None and self._followed is not None:
            self.weights_history.add(self._followed, self._trainer.copy(), self.place.device)

    def _catch_up(self) -> None:
        with self._lock:
            wishes, self._wishes = self._wishes, []
        for each in wishes:
            wish = each.after(self._unmet)
            self._carefully(lambda wish=wish: self._follow(wish))  # type: ignore[misc]
            self._unmet = wish if self._trainer is None else None

    def _fresh(self) -> None:
        newest = self._newest
        if newest is not None:
            self._carefully(lambda: self._build(newest))

    def _carefully(self, change: Callable[[], None]) -> None:
        """Make a change; if it fails, set `problem` and keep the last good state."""
        try:
            change()
            self.problem = ""
        except Invalid as error:
            self.problem = str(error)
        except Exception as error:
            self.problem = f"This cannot be trained: {error}".splitlines()[0]
        self._publish_now()
        if self._going:
            self._worker.resume()

    def _follow(self, wish: _Wish) -> None:
        if wish.fresh:
            self._trainer = self._followed = None  # of another document: never trained again
            self._shelf.clear()
        document = wish.document
        if self._followed is None or flow_of(self._followed) != flow_of(document):
            self._change_flow(document)
        if self._trainer is not None and self._followed is not None:
            self._adapt(self._trainer, self._followed, document)
        if wish.record is not None and self._trainer is not None:
            self._take(self._trainer, document, wish.record)

    def _change_flow(self, document: Document) -> None:
        """Continue an earlier training of this flow, or begin one; the present one is shelved."""
        earlier, present = self._shelf.take(document), self._present
        if earlier is None:
            self._build(document)
        else:
            self._trainer, self._followed = earlier.trainer, earlier.document
            self.recorder, self.weights_history = earlier.recorder, earlier.weights_history
            self._block = 1
            self.place = self._place(document)
        if present is not None:
            self._shelf.put(present)

    @property
    def _present(self) -> Training | None:
        """The present training; None if it has made no step."""
        trainer, followed = self._trainer, self._followed
        if trainer is None or followed is None or not self.recorder.step:
            return None
        return Training(followed, trainer, self.recorder, self.weights_history)

    def _adapt(self, trainer: Trainer, before: Document, document: Document) -> None:
        """Change the trainer's settings and data, keeping its weights and optimizer state."""
        if before.training != document.training:
            trainer.set_training(document.training)
            self._followed = before = replace(before, training=document.training)
        if _pairs(before) != _pairs(document):
            trainer.swap_data(document)
        self._followed = document

    def _build(self, document: Document) -> None:
        place = self._place(document)
        self._trainer = Trainer(document, device=place.device)
        self.place = place
        self._followed, self.recorder, self._block = document, Recorder(), 1
        self.weights_history = WeightsHistory()
        self._remember()

    def _take(self, trainer: Trainer, document: Document, record: TrainingRecord) -> None:
        trainer.load(record.weights)
        self.weights_history = WeightsHistory()
        for weights in record.snapshots:
            self.weights_history.add(document, weights, self.place.device)
        self._remember()
        self.recorder, self._block = Recorder.of(record), 1


def _pairs(document: Document) -> tuple[object, ...]:
    """The parts of the document from which training pairs are drawn."""
    return document.source, document.target, document.coupling
