"""What there is to be saved of the training that goes on: weights, losses and moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document, Network
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.files.session import MOMENTS
from flowlab.work import cache_keys as aspects
from flowlab.work.model import Model
from flowlab.work.status import Recorder
from flowlab.work.weights_history import Snapshot, thinned

Chosen = tuple[Snapshot, ...]


class Opening:
    """A document that was opened, and what was saved with it: what is known until it is in use."""

    def __init__(self, document: Document, record: TrainingRecord | None) -> None:
        self.record = record
        self.recorder = Recorder() if record is None else Recorder.of(record)
        self.published = None if record is None else (document.network, record.weights)


class Saving:
    """What is to be saved: that of the opened document, until its first model has come."""

    def __init__(self, ring: Callable[[], Chosen]) -> None:
        self._ring = ring
        self.opening: Opening | None = None
        self._model: Model | None = None
        self._thinner = Thinner()

    def open(self, document: Document, record: TrainingRecord | None) -> None:
        """Another document was opened."""
        self.opening, self._model = Opening(document, record), None

    def take(self, model: Model) -> None:
        """The newest model of the document that is open."""
        self.opening, self._model = None, model

    def record(self, network: Network | None = None) -> TrainingRecord | None:
        """All of it (of that network, if one is named)."""
        published = self.published()
        if published is None or network not in (None, published[0]):
            return None
        if self.opening is not None:
            return self.opening.record
        moments = tuple(moment.saved for moment in self.moments())
        return TrainingRecord(weights=published[1], losses=self.losses(), moments=moments)

    def losses(self) -> dict[str, Floats]:
        """The losses on the way to the published weights, and perhaps of a few more blocks."""
        if self.opening is not None:
            return self.opening.recorder.history().losses
        recorder = None if self._model is None else self._model.recorder
        return {} if recorder is None else recorder.history().losses

    def published(self) -> tuple[Network, Weights] | None:
        """The newest published weights with the network that they belong to."""
        if self.opening is not None:
            return self.opening.published
        return None if self._model is None else self._model.published

    def moments(self) -> Chosen:
        """At most 32 of the ring's moments, those of the present shapes."""
        model = self._model
        return () if model is None else self._thinner.chosen(model.document, self._ring())


class Thinner:
    """Chooses the moments that are saved; a ring that has grown costs one comparison of gaps."""

    def __init__(self) -> None:
        self._known: tuple[Document | None, Chosen, Chosen] = None, (), ()

    def chosen(self, document: Document, ring: Chosen) -> Chosen:
        """Moments of these shapes, even in log step; the same tuple while nothing has changed."""
        known, before, chosen = self._known
        if known is not document or before is not ring:
            found = self._choose(document, ring)
            chosen = chosen if _same(found, chosen) else found
            self._known = document, ring, chosen
        return chosen

    def _choose(self, document: Document, ring: Chosen) -> Chosen:
        """Of those chosen before and of fresh ones, unless the shapes or too many are gone."""
        known, before, chosen = self._known
        if known is None or aspects.ends(known) != aspects.ends(document):
            return self._anew(document, ring)
        passed_over = set(map(id, before)) - set(map(id, chosen))
        pool = _own(document, [moment for moment in ring if id(moment) not in passed_over])
        if len(pool) < MOMENTS:
            return self._anew(document, ring)
        return tuple(thinned(pool, MOMENTS))

    def _anew(self, document: Document, ring: Chosen) -> Chosen:
        return tuple(thinned(_own(document, ring), MOMENTS))


def _own(document: Document, moments: Sequence[Snapshot]) -> list[Snapshot]:
    """The moments at which these shapes were learned."""
    ends = aspects.ends(document)
    return [m for m in moments if m.document is document or aspects.ends(m.document) == ends]


def _same(one: Chosen, other: Chosen) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
