"""Trainings that an edit has replaced, so that undoing it goes on where they were."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.document import Document
from flowlab.core.learning.trainer import Trainer
from flowlab.work.status import Recorder
from flowlab.work.weights_history import WeightsHistory, size_of

MOST, MEMORY = 8, 100_000_000  # trainings, and bytes of all their weights; the newest always stays


@dataclass(frozen=True, eq=False)
class Training:
    """A trainer, the document that it learned, and what is told and kept of it."""

    document: Document
    trainer: Trainer
    recorder: Recorder
    ring: WeightsHistory

    @property
    def nbytes(self) -> int:
        """Bytes of the weights, of which a trainer holds a few times as much."""
        return size_of(self.trainer.weights())


def flow_of(document: Document) -> tuple[object, ...]:
    """What a training is of: with another of these it begins anew."""
    coupling = document.coupling
    pairs = coupling.pairs if coupling.kind == "reflow" else None
    ends = type(document.source), type(document.target)
    return *ends, document.path, coupling.kind, pairs, document.network


class Shelf:
    """The last few trainings, the newest last."""

    def __init__(self) -> None:
        self._kept: list[tuple[Training, int]] = []

    def put(self, training: Training) -> None:
        """Keep one, in place of an older one of the same flow."""
        self.take(training.document)
        self._kept.append((training, training.nbytes))
        while len(self._kept) > 1 and not self._fits():
            self._kept.pop(0)

    def take(self, document: Document) -> Training | None:
        """Hand out the one of this document's flow, if it is still there."""
        for k, (training, _) in enumerate(self._kept):
            if flow_of(training.document) == flow_of(document):
                return self._kept.pop(k)[0]
        return None

    def clear(self) -> None:
        """Forget all: another experiment begins."""
        self._kept.clear()

    def _fits(self) -> bool:
        return len(self._kept) <= MOST and sum(size for _, size in self._kept) <= MEMORY
