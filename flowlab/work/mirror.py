"""The window's copy of the state of an engine in another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Query
from flowlab.work.kept import KeptTraining, Published
from flowlab.work.queries import Answer, Slot, Table, row_of
from flowlab.work.status import Status, history_of

Kind = type[Query[Any]]


class Mirror:
    """Updated by news in one thread and by wishes in another, one at a time; read by any."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.epoch = 0  # number of documents opened; news of an earlier epoch is dropped
        self.bundle: Bundle | None = None
        self.pinned: Bundle | None = None
        self.published: Published | None = None
        self.kept: dict[int, KeptTraining] = {}  # trainings that were left, by number
        self._losses: Mapping[str, Floats] = {}  # on the way to the published weights
        self.status = Status()
        self.answers: dict[Slot, Answer[Any]] = {}
        self._void: dict[Kind, int] = {}  # numbers of answers that are not wanted any more
        self._snapshots: dict[int, Weights] = {}
        self._snapshot_network: Network | None = None

    def begin(
        self, document: Document, record: TrainingRecord | None, branch: Branch = FIRST
    ) -> None:
        """Begin with the document that was opened, and drop everything of an earlier one."""
        self.epoch += 1
        self.bundle = self.pinned = None
        self._forget_training()
        self.answers = {k: answer for k, answer in self.answers.items() if self._lasts(k[0])}
        self.status = Status(device=self.status.device, branch=branch.number, runs=self.status.runs)
        if record is not None:
            weights = record.weights
            self.published = Published(branch.number, document.network, weights)
            self._losses = record.losses
            self._snapshots = {snapshot.step: snapshot for snapshot in record.snapshots}
            self._snapshot_network = document.network
            history = history_of(record.losses)
            self.status = replace(
                self.status, step=weights.step, seconds=weights.seconds, history=history
            )

    def _forget_training(self) -> None:
        """Drop the weights and the snapshots."""
        self.published, self._snapshots = None, {}

    def cancel(self, kind: Kind, number: int) -> None:
        """Ignore answers of this kind up to this number."""
        self._void[kind] = number

    def record(
        self, network: Network | None = None, branch: Branch | None = None
    ) -> TrainingRecord | None:
        """What is to be saved, which may be the record that was opened, or one that was left."""
        published, snapshots = self.published, self._snapshots
        present = published is not None and branch is not None and published.branch == branch.number
        if branch is not None and branch.number in self.kept and not present:
            return self.kept[branch.number].record
        if published is None or not published.fits(network, branch):
            return None
        of_network = snapshots if self._snapshot_network == published.network else {}
        return TrainingRecord(
            weights=published.weights,
            losses=self._losses,
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
            self.published, self._losses = value
        elif word == "kept":
            self.kept = {**self.kept, value.number: value}
        else:
            setattr(self, word, _sealed(value))
            self._forget_lost_runs()

    def _take_answer(self, epoch: int, answer: Answer[Any]) -> None:
        row = row_of(self._table, type(answer.query))
        wanted = answer.number > self._void.get(row.query, 0)
        if wanted and (row.lasting or epoch == self.epoch):
            _sealed(answer.value)
            self.answers[row.slot(answer)] = answer

    def _forget_lost_runs(self) -> None:
        """Drop kept trainings that the engine has dropped."""
        known = {facts.number for facts in self.status.runs}
        if known and not known.issuperset(self.kept):
            self.kept = {k: kept for k, kept in self.kept.items() if k in known}

    def _lasts(self, kind: Kind) -> bool:
        return row_of(self._table, kind).lasting


def _sealed(value: Any) -> Any:
    """The value made read-only again: arrays that came through a pipe are writable."""
    if isinstance(value, Bundle):
        value.__post_init__()
    elif isinstance(value, np.ndarray):
        value.setflags(write=False)
    return value
