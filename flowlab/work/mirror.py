"""The window's copy of the state of an engine in another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document, Network
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Query
from flowlab.work.queries import Answer, Slot, Table, row_of
from flowlab.work.status import Status, history_of

Kind = type[Query[Any]]


@dataclass(frozen=True, eq=False)
class Published:
    """Weights with their network, and the losses on the way to them."""

    network: Network
    weights: Weights
    losses: Mapping[str, Floats]


class Mirror:
    """Updated by news in one thread and by wishes in another, one at a time; read by any."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.epoch = 0  # number of documents opened; news of an earlier epoch is dropped
        self.bundle: Bundle | None = None
        self.pinned: Bundle | None = None
        self.published: Published | None = None
        self.status = Status()
        self.answers: dict[Slot, Answer[Any]] = {}
        self._void: dict[Kind, int] = {}  # numbers of answers that are not wanted any more
        self._snapshots: dict[int, Weights] = {}
        self._snapshot_network: Network | None = None

    def begin(self, document: Document, record: TrainingRecord | None) -> None:
        """Begin with the document that was opened, and drop everything of an earlier one."""
        self.epoch += 1
        self.bundle = self.pinned = None
        self.forget_training()
        self.answers = {k: answer for k, answer in self.answers.items() if self._lasts(k[0])}
        self.status = Status(device=self.status.device)
        if record is not None:
            weights = record.weights
            self.published = Published(document.network, weights, record.losses)
            self._snapshots = {snapshot.step: snapshot for snapshot in record.snapshots}
            self._snapshot_network = document.network
            history = history_of(record.losses)
            self.status = replace(
                self.status, step=weights.step, seconds=weights.seconds, history=history
            )

    def forget_training(self) -> None:
        """Drop the weights and the snapshots."""
        self.published, self._snapshots = None, {}

    def cancel(self, kind: Kind, number: int) -> None:
        """Ignore answers of this kind up to this number."""
        self._void[kind] = number

    def record(self, network: Network | None = None) -> TrainingRecord | None:
        """What is to be saved, which may be the record that was opened."""
        published, snapshots = self.published, self._snapshots
        if published is None or network not in (None, published.network):
            return None
        of_network = snapshots if self._snapshot_network == published.network else {}
        return TrainingRecord(
            weights=published.weights,
            losses=published.losses,
            snapshots=[of_network[step] for step in sorted(of_network)],
        )

    def take(self, epoch: int, word: str, value: Any) -> None:
        """Take news, unless it belongs to an earlier document."""
        if word == "answer":
            self._take_answer(epoch, value)
        elif epoch != self.epoch:
            return
        elif word == "snapshots":
            self._snapshot_network, steps, fresh = value
            known = self._snapshots | fresh
            self._snapshots = {step: known[step] for step in steps if step in known}
        elif word == "published":
            self.published = Published(*value)
        else:
            setattr(self, word, _sealed(value))

    def _take_answer(self, epoch: int, answer: Answer[Any]) -> None:
        row = row_of(self._table, type(answer.query))
        wanted = answer.number > self._void.get(row.query, 0)
        if wanted and (row.lasting or epoch == self.epoch):
            _sealed(answer.value)
            self.answers[row.slot(answer)] = answer

    def _lasts(self, kind: Kind) -> bool:
        return row_of(self._table, kind).lasting


def _sealed(value: Any) -> Any:
    """The value made read-only again: arrays that came through a pipe are writable."""
    if isinstance(value, Bundle):
        value.__post_init__()
    elif isinstance(value, np.ndarray):
        value.setflags(write=False)
    return value
