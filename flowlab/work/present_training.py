"""The training under way: its trainer, its losses, and how it changes to another document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flowlab.core.document.document import Document
from flowlab.core.document.learned import flow_of, weighed
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord
from flowlab.work.kept import RunFacts
from flowlab.work.model import Model
from flowlab.work.shelf import Shelf, Shelved, facts_of
from flowlab.work.status import Recorder
from flowlab.work.weights_history import WeightsHistory


@dataclass(frozen=True)
class Following:
    """A document to follow; `fresh` begins a new training, or continues `record` if given."""

    document: Document
    branch: Branch
    record: TrainingRecord | None = None
    fresh: bool = False

    def after(self, pending: Following | None) -> Following:
        """What to follow when this one comes before `pending` was followed."""
        if pending is None or self.fresh:
            return self
        if self.branch.number == pending.branch.number:
            return replace(pending, document=self.document)
        warm = flow_of(self.document) == flow_of(pending.document)
        child = self.branch.parent == pending.branch.number
        record = pending.record if warm and child else None
        return Following(self.document, self.branch.after(pending.branch), record)

    def replaces(self, pending: Following) -> bool:
        """True if nothing is lost when `pending` is never followed by itself."""
        if self.fresh or not (pending.fresh or pending.record):
            return True
        if self.branch.number != pending.branch.number:
            return False
        return pending.record is None or flow_of(self.document) == flow_of(pending.document)


class PresentTraining:
    """Used by one thread; what it keeps (`recorder`, `weights_history`, `shelf`) any may read."""

    def __init__(self, place: Callable[[Document], Place]) -> None:
        self._place = place
        self.place = place(Document())  # of the present trainer
        self.trainer: Trainer | None = None
        self.document: Document | None = None  # that the trainer follows
        self.branch: int | None = None  # its number
        self.recorder = Recorder()
        self.weights_history = WeightsHistory()
        self.shelf = Shelf()  # of the trainings that were left
        self._since = 0, 0.0  # steps and seconds of training at which it left its parent
        self._parents: dict[int, int | None] = {}  # of all branches

    def follow(self, wish: Following) -> None:
        """Change to a document and its branch; raises `Invalid` or another error, and then stays.

        Only `fresh` doesn't stay: what was trained before is never trained on by mistake.
        """
        if wish.fresh:
            self._begin_anew(wish.branch.number)
        self._parents[wish.branch.number] = wish.branch.parent
        self._take_branch(wish.document, wish.branch)
        if self.trainer is not None and self.document is not None:
            self._adapt(self.trainer, self.document, wish.document)
        if wish.record is not None and self.trainer is not None:
            self._take(self.trainer, wish.document, wish.record)

    def model(self) -> Model | None:
        """The present weights; None without a trainer."""
        if self.trainer is None or self.document is None or self.branch is None:
            return None
        weights, recorder = self.trainer.weights(), self.recorder
        return Model(self.document, weights, self.place.device, recorder, self.branch)

    def remember(self) -> None:
        """Add a snapshot of the present weights to the history."""
        if self.trainer is not None and self.document is not None:
            self.weights_history.add(self.document, self.trainer.copy(), self.place.device)

    @property
    def runs(self) -> tuple[RunFacts, ...]:
        """All trainings that can be gone on with, the present one last."""
        shelved = tuple(kept.facts for kept in self.shelf.trainings.values())
        if self.branch is None:
            return shelved
        own = self.recorder.step - self._since[0], self._own_seconds
        return *shelved, facts_of(self.branch, self.recorder, *own)

    # --- from one training to another ----------------------------------------------------------

    def _begin_anew(self, number: int) -> None:
        self._put_away()
        self.trainer = self.document = self.branch = None
        self.recorder, self.weights_history = Recorder(), WeightsHistory()
        self.shelf.drop(number)

    def _take_branch(self, document: Document, branch: Branch) -> None:
        """Be at this branch, with a network that fits the document's flow."""
        if branch.number != self.branch:
            self._put_away()
            self._change_branch(document, branch)
            self.branch = branch.number
            self.shelf.drop(branch.number)
        elif self.document is None or flow_of(self.document) != flow_of(document):
            self._build(document)

    def _change_branch(self, document: Document, branch: Branch) -> None:
        """Go on with what this branch has learned, or its parent, or begin with new weights."""
        nearest, flow = self._nearest(branch.number), flow_of(document)
        shelved = None if nearest is None else self.shelf.trainings.get(nearest)
        if self.document is not None and nearest == self.branch and flow_of(self.document) == flow:
            self._fork()
        elif shelved is not None and flow_of(shelved.document) == flow:
            self._resume(shelved, own=nearest == branch.number)
        else:
            self._build(document)

    def _nearest(self, number: int | None) -> int | None:
        """This branch, or the nearest one that it came from, which has weights; None without."""
        known = {self.branch, *self.shelf.trainings}
        while number is not None and number not in known:
            number = self._parents.get(number)
        return number

    def _put_away(self) -> None:
        """Keep the present training on the shelf, unless it has made no step of its own."""
        if self.trainer is None or self.document is None or self.branch is None:
            return
        if self.recorder.step > self._since[0]:
            shelved = Shelved(
                number=self.branch,
                document=self.document,
                checkpoint=self.trainer.checkpoint(),
                recorder=self.recorder,
                snapshots=self.weights_history.snapshots,
                own_steps=self.recorder.step - self._since[0],
                own_seconds=self._own_seconds,
            )
            self.shelf.put(shelved)

    @property
    def _own_seconds(self) -> float:
        return self.recorder.seconds - self._since[1]

    def _fork(self) -> None:
        """Go on with the same trainer, and leave losses and snapshots so far to its parent."""
        self.recorder = self.recorder.copy()
        self._since = self.recorder.step, self.recorder.seconds
        self.weights_history = WeightsHistory(self.weights_history.snapshots)

    def _resume(self, shelved: Shelved, *, own: bool) -> None:
        """Go on from the shelf: from the branch's `own` training, or else from its parent's."""
        place = self._place(shelved.document)
        trainer = Trainer(shelved.document, device=place.device)
        trainer.resume(shelved.checkpoint)
        self.trainer, self.document, self.place = trainer, shelved.document, place
        self.recorder = shelved.recorder.copy()
        own_steps, own_seconds = (shelved.own_steps, shelved.own_seconds) if own else (0, 0.0)
        self._since = self.recorder.step - own_steps, self.recorder.seconds - own_seconds
        self.weights_history = WeightsHistory(shelved.snapshots)

    def _build(self, document: Document) -> None:
        place = self._place(document)
        self.trainer = Trainer(document, device=place.device)
        self.place, self.document, self.recorder = place, document, Recorder()
        self._since, self.weights_history = (0, 0.0), WeightsHistory()
        self.remember()

    # --- with the same weights -----------------------------------------------------------------

    def _adapt(self, trainer: Trainer, before: Document, document: Document) -> None:
        """Change the trainer's settings and data, keeping its weights and optimizer state."""
        if before.training != document.training:
            trainer.set_training(document.training)
            self.document = before = replace(before, training=document.training)
        if _pairs(before) != _pairs(document):
            trainer.swap_data(document)
        if weighed(before) != weighed(document):
            self.recorder.since = self.recorder.step  # the losses before are of another problem
        self.document = document

    def _take(self, trainer: Trainer, document: Document, record: TrainingRecord) -> None:
        trainer.load(record.weights)
        self.weights_history = WeightsHistory()
        for weights in record.snapshots:
            self.weights_history.add(document, weights, self.place.device)
        self.remember()
        self.recorder = Recorder.of(record)


def _pairs(document: Document) -> tuple[object, ...]:
    """The parts of the document from which training pairs are drawn."""
    return document.source, document.target, document.coupling
