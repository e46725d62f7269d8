"""The training thread: it owns the trainer, which no other thread touches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import torch

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.trainer import Diverged, Progress
from flowlab.core.learning.weights import TrainingRecord
from flowlab.work.kept import KeptTraining
from flowlab.work.model import Model
from flowlab.work.present_training import Following, PresentTraining
from flowlab.work.shelf import Shelved
from flowlab.work.status import Recorder
from flowlab.work.weights_history import WeightsHistory, due_after
from flowlab.work.worker import Worker

_BLOCK_SECONDS = 0.015  # a pause, an edit and a preview wait no longer than about this
_MOST_STEPS = 64  # steps of a block
_HEAD_START = 0.06  # seconds of training before the first new picture


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
        self._publish, self._free = publish, wanted
        self._due = due  # the step of the next snapshot, after a given one
        self.present = PresentTraining(place)
        self._lock = threading.Lock()
        self._wishes: list[Following] = []  # not yet followed
        self._unmet: Following | None = None  # opened, but not to be trained as it is
        self._going = False
        self._ending = False  # told to pause, with a block still to finish
        self._block = 1
        self._first_due = 0.0  # when training may first be pictured
        self.reason = ""
        self.problem = ""
        self._worker = Worker(self._blocks, self._after_block, name="training")
        self._worker.start(paused=True)

    # --- what others call, from any thread -----------------------------------------------------

    def want(self, document: Document, branch: Branch = FIRST) -> None:
        """Follow this document as soon as the present block ends; newer ones replace it.

        Another branch than the present one takes up its own weights, or begins.
        """
        self._post(Following(document, branch))

    def open(
        self,
        document: Document,
        record: TrainingRecord | None = None,
        branch: Branch = FIRST,
    ) -> None:
        """Begin with this document, paused, with new weights or those of `record`.

        Where the saved weights don't fit, `problem` says so and the new ones stay.
        """
        self.reason, self._going = "", False
        self._worker.pause()
        self._post(Following(document, branch, record, fresh=True))

    def _post(self, wish: Following) -> None:
        with self._lock:
            first, pending = not self._wishes, [] if wish.fresh else self._wishes
            last = pending[-1] if pending and wish.replaces(pending[-1]) else None
            self._wishes = [*pending[: len(pending) - (last is not None)], wish.after(last)]
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

    def keep(self, kept: KeptTraining) -> None:
        """Take over a training that another engine kept."""
        self.present.shelf.put(Shelved.of(kept))

    def close(self) -> bool:
        """End the thread."""
        return self._worker.stop()

    @property
    def recorder(self) -> Recorder:
        """The losses of the present training."""
        return self.present.recorder

    @property
    def weights_history(self) -> WeightsHistory:
        """The snapshots of the present training."""
        return self.present.weights_history

    @property
    def place(self) -> Place:
        """Where the present trainer runs."""
        return self.present.place

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
        trainer = self.present.trainer
        if trainer is None:
            self._worker.pause()
            return None
        torch.set_num_threads(self.place.threads)  # the sampler may want another number
        start = time.perf_counter()
        try:
            progress = trainer.advance(block, self._due, self.present.remember)
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
        if self.present.trainer is not None:
            self.recorder.step = self.present.trainer.step
            self.present.remember()
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
        model = self.present.model()
        if model is not None:
            self._publish(model)

    def _catch_up(self) -> None:
        with self._lock:
            wishes, self._wishes = self._wishes, []
        for each in wishes:
            wish = each.after(self._unmet)
            self._carefully(wish)
            self._unmet = wish if self.present.trainer is None else None

    def _carefully(self, wish: Following) -> None:
        """Follow a wish; if that fails, set `problem` and keep the last good state."""
        trainer, branch = self.present.trainer, self.present.branch
        try:
            self.present.follow(wish)
            self.problem = ""
        except Invalid as error:
            self.problem = str(error)
        except Exception as error:
            self.problem = f"This cannot be trained: {error}".splitlines()[0]
        if self.present.branch != branch:
            self.reason = ""  # of another training
        if self.present.trainer is not trainer:
            self._block = 1
        self._publish_now()
        if self._going:
            self._worker.resume()
