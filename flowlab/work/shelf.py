"""Trainings that an edit has replaced, so that undoing the edit continues them."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.document import Document
from flowlab.core.learning.trainer import Trainer
from flowlab.work.status import Recorder
from flowlab.work.weights_history import WeightsHistory, size_of

MOST, MEMORY = 8, 100_000_000  # trainings, and bytes of all their weights; the newest always stays


@dataclass(frozen=True, eq=False)
class Training:
    """A trainer, its document, its losses and its snapshots."""

    document: Document
    trainer: Trainer
    recorder: Recorder
    weights_history: WeightsHistory

    @property
    def nbytes(self) -> int:
        """Bytes of the weights, of which a trainer holds a few times as much."""
        return size_of(self.trainer.weights())


def flow_of(document: Document) -> tuple[object, ...]:
    """The parts of a document whose change needs a new training."""
    coupling = document.coupling
    pairs = coupling.pairs if coupling.kind == "reflow" else None
    ends = type(document.source), type(document.target)
    return *ends, document.path, coupling.kind, pairs, document.network


class Shelf:
    """The last few trainings, the newest last."""

    def __init__(self) -> None:
        self._trainings: list[tuple[Training, int]] = []

    def put(self, training: Training) -> None:
        """Store a training, replacing an older one of the same flow."""
        self.take(training.document)
        self._trainings.append((training, training.nbytes))
        while len(self._trainings) > 1 and not self._fits():
            self._trainings.pop(0)

    def take(self, document: Document) -> Training | None:
        """Remove and return the training of this document's flow; None if there is none."""
        for k, (training, _) in enumerate(self._trainings):
            if flow_of(training.document) == flow_of(document):
                return self._trainings.pop(k)[0]
        return None

    def clear(self) -> None:
        """Drop all trainings."""
        self._trainings.clear()

    def _fits(self) -> bool:
        return len(self._trainings) <= MOST and sum(size for _, size in self._trainings) <= MEMORY
