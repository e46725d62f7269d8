"""Trainings that an edit has replaced, so that undoing the edit brings their weights back."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from flowlab.core.document.document import Document
from flowlab.core.estimates import mean_estimate
from flowlab.core.learning.weights import Checkpoint
from flowlab.work.kept import KeptTraining, RunFacts
from flowlab.work.status import Recorder
from flowlab.work.weights_history import Snapshot

MEMORY = 256_000_000  # bytes of all checkpoints and snapshots


@dataclass(frozen=True, eq=False, kw_only=True)
class Shelved:
    """A training at the moment at which it was left."""

    number: int
    document: Document
    checkpoint: Checkpoint
    recorder: Recorder  # nothing is added to it any more
    snapshots: tuple[Snapshot, ...] = ()
    own_steps: int = 0  # since it left its parent
    own_seconds: float = 0.0

    @classmethod
    def of(cls, kept: KeptTraining) -> Shelved:
        """A training that another engine kept."""
        return cls(
            number=kept.number,
            document=kept.document,
            checkpoint=kept.checkpoint,
            recorder=Recorder.of(kept.record),
            own_steps=kept.own_steps,
            own_seconds=kept.own_seconds,
        )

    @property
    def kept(self) -> KeptTraining:
        """What another process needs to bring it back, without its snapshots."""
        return KeptTraining(
            number=self.number,
            document=self.document,
            checkpoint=self.checkpoint,
            losses=self.recorder.history().losses,
            own_steps=self.own_steps,
            own_seconds=self.own_seconds,
        )

    @property
    def facts(self) -> RunFacts:
        """What a list says of it."""
        return facts_of(self.number, self.recorder, self.own_steps, self.own_seconds)


class Shelf:
    """Trainings by number, the last used one last; any thread may change or read them.

    Beyond the memory the oldest lose their optimiser's state, then their snapshots, and only then
    themselves.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory, self._lock = memory, threading.Lock()
        self.trainings: dict[int, Shelved] = {}  # replaced as a whole

    def put(self, shelved: Shelved) -> None:
        """Keep a training, in place of what was kept under its number."""
        with self._lock:
            trainings = OrderedDict(self.trainings)
            trainings.pop(shelved.number, None)
            trainings[shelved.number] = shelved
            self.trainings = _bounded(trainings, self._memory)

    def drop(self, number: int) -> None:
        """Forget a training, as when it is gone on with."""
        with self._lock:
            self.trainings = {k: kept for k, kept in self.trainings.items() if k != number}


def facts_of(number: int, recorder: Recorder, own_steps: int, own_seconds: float) -> RunFacts:
    """What a list says of a training with these losses."""
    losses = recorder.history().latest
    return RunFacts(
        number=number,
        step=recorder.step,
        seconds=recorder.seconds,
        own_steps=own_steps,
        own_seconds=own_seconds,
        loss=mean_estimate(losses) if len(losses) else None,
    )


def _bounded(trainings: OrderedDict[int, Shelved], memory: int) -> dict[int, Shelved]:
    for lighten in (_without_optimiser, _without_snapshots, None):
        for number in list(trainings)[:-1]:  # the newest stays as it is
            if _bytes(trainings) <= memory:
                break
            if lighten is None:
                del trainings[number]
            else:
                trainings[number] = lighten(trainings[number])
    return dict(trainings)


def _without_optimiser(shelved: Shelved) -> Shelved:
    return replace(shelved, checkpoint=shelved.checkpoint.without_optimiser())


def _without_snapshots(shelved: Shelved) -> Shelved:
    return replace(shelved, snapshots=())


def _bytes(trainings: OrderedDict[int, Shelved]) -> int:
    """Memory in bytes; trainings that come from one another share their snapshots."""
    snapshots = {id(one): one.nbytes for kept in trainings.values() for one in kept.snapshots}
    checkpoints = sum(kept.checkpoint.nbytes for kept in trainings.values())
    return checkpoints + sum(snapshots.values())
