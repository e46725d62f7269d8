"""What is to be saved of the present training: weights, losses and snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.weights import TrainingRecord
from flowlab.files.session import SNAPSHOTS
from flowlab.work import cache_keys
from flowlab.work.kept import Published
from flowlab.work.model import Model
from flowlab.work.shelf import Shelved
from flowlab.work.status import Recorder
from flowlab.work.weights_history import Snapshot, thinned

Snapshots = tuple[Snapshot, ...]


class Opening:
    """A document that was opened and its saved training, until the first model of it comes."""

    def __init__(self, document: Document, record: TrainingRecord | None, branch: Branch) -> None:
        self.record, self.branch = record, branch
        self.recorder = Recorder() if record is None else Recorder.of(record)
        self.published = (
            None if record is None else Published(branch.number, document.network, record.weights)
        )


class Saving:
    """What is to be saved: the opened record until the document's first model comes."""

    def __init__(
        self,
        snapshots: Callable[[], Snapshots],
        shelved: Callable[[], Mapping[int, Shelved]] = dict,
    ) -> None:
        self._history, self.shelved = snapshots, shelved
        self.opening: Opening | None = None
        self._model: Model | None = None
        self._thinner = Thinner()

    def open(
        self, document: Document, record: TrainingRecord | None, branch: Branch = FIRST
    ) -> None:
        """Begin with another document."""
        self.opening, self._model = Opening(document, record, branch), None

    def take(self, model: Model) -> None:
        """Take the newest model of the open document."""
        self.opening, self._model = None, model

    def record(
        self, network: Network | None = None, branch: Branch | None = None
    ) -> TrainingRecord | None:
        """Everything to be saved; None without weights (of `network` and `branch`, if given)."""
        shelved = None if branch is None else self.shelved().get(branch.number)
        if shelved is not None:
            return shelved.kept.record
        published = self.published()
        if published is None or not published.fits(network, branch):
            return None
        if self.opening is not None:
            return self.opening.record
        snapshots = tuple(snapshot.saved for snapshot in self.snapshots())
        return TrainingRecord(weights=published.weights, losses=self.losses(), snapshots=snapshots)

    def losses(self) -> dict[str, Floats]:
        """The losses up to the published weights, and perhaps of a few more blocks."""
        if self.opening is not None:
            return self.opening.recorder.history().losses
        recorder = None if self._model is None else self._model.recorder
        return {} if recorder is None else recorder.history().losses

    def published(self) -> Published | None:
        """The newest published weights, with the network and the training that they belong to."""
        if self.opening is not None:
            return self.opening.published
        return None if self._model is None else self._model.published

    def snapshots(self) -> Snapshots:
        """At most 32 snapshots of the history, of the present shapes only."""
        model = self._model
        return () if model is None else self._thinner.chosen(model.document, self._history())


class Thinner:
    """Chooses the snapshots that are saved; a new snapshot costs one comparison of gaps."""

    def __init__(self) -> None:
        self._known: tuple[Document | None, Snapshots, Snapshots] = None, (), ()

    def chosen(self, document: Document, snapshots: Snapshots) -> Snapshots:
        """Snapshots of these shapes, even in log step; the same tuple while nothing changes."""
        known, before, chosen = self._known
        if known is not document or before is not snapshots:
            newly_chosen = self._choose(document, snapshots)
            chosen = chosen if _same(newly_chosen, chosen) else newly_chosen
            self._known = document, snapshots, chosen
        return chosen

    def _choose(self, document: Document, snapshots: Snapshots) -> Snapshots:
        """Choose among the last choice and new snapshots; among all if too few of them remain."""
        known, before, chosen = self._known
        if known is None or cache_keys.ends(known) != cache_keys.ends(document):
            return self._anew(document, snapshots)
        passed_over = set(map(id, before)) - set(map(id, chosen))
        pool = _of_shapes(
            document, [snapshot for snapshot in snapshots if id(snapshot) not in passed_over]
        )
        if len(pool) < SNAPSHOTS:
            return self._anew(document, snapshots)
        return tuple(thinned(pool, SNAPSHOTS))

    def _anew(self, document: Document, snapshots: Snapshots) -> Snapshots:
        return tuple(thinned(_of_shapes(document, snapshots), SNAPSHOTS))


def _of_shapes(document: Document, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """The snapshots that were trained on these shapes."""
    ends = cache_keys.ends(document)
    return [m for m in snapshots if m.document is document or cache_keys.ends(m.document) == ends]


def _same(one: Snapshots, other: Snapshots) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
