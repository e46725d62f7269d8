"""What the window knows of an engine in another process: the newest news of each kind."""

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
    """Takes in news in one thread and wishes in another, one at a time; read by any."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.epoch = 0  # counts what was opened: news of an earlier document is dropped
        self.bundle: Bundle | None = None
        self.pinned: Bundle | None = None
        self.published: Published | None = None
        self.status = Status()
        self.answers: dict[Slot, Answer[Any]] = {}
        self._void: dict[Kind, int] = {}  # numbers of answers that are not wanted any more
        self._moments: dict[int, Weights] = {}
        self._moments_of: Network | None = None

    def begin(self, document: Document, record: TrainingRecord | None) -> None:
        """Know from now on what was opened, and nothing of an earlier document."""
        self.epoch += 1
        self.bundle = self.pinned = None
        self.forget_training()
        self.answers = {k: found for k, found in self.answers.items() if self._lasts(k[0])}
        self.status = Status(device=self.status.device)
        if record is not None:
            weights = record.weights
            self.published = Published(document.network, weights, record.losses)
            self._moments = {moment.step: moment for moment in record.moments}
            self._moments_of = document.network
            history = history_of(record.losses)
            self.status = replace(
                self.status, step=weights.step, seconds=weights.seconds, history=history
            )

    def forget_training(self) -> None:
        """Know of no weights any more."""
        self.published, self._moments = None, {}

    def cancel(self, kind: Kind, number: int) -> None:
        """Take no answers of this kind any more up to this number."""
        self._void[kind] = number

    def record(self, network: Network | None = None) -> TrainingRecord | None:
        """What there is to be saved, which may be what was opened."""
        published, moments = self.published, self._moments
        if published is None or network not in (None, published.network):
            return None
        own = moments if self._moments_of == published.network else {}
        return TrainingRecord(
            weights=published.weights,
            losses=published.losses,
            moments=[own[step] for step in sorted(own)],
        )

    def take(self, epoch: int, word: str, value: Any) -> None:
        """Take in news, unless they are of what is open no longer."""
        if word == "answer":
            self._take_answer(epoch, value)
        elif epoch != self.epoch:
            return
        elif word == "moments":
            self._moments_of, steps, fresh = value
            known = self._moments | fresh
            self._moments = {step: known[step] for step in steps if step in known}
        elif word == "published":
            self.published = Published(*value)
        else:
            setattr(self, word, _sealed(value))

    def _take_answer(self, epoch: int, found: Answer[Any]) -> None:
        row = row_of(self._table, type(found.query))
        wanted = found.number > self._void.get(row.query, 0)
        if wanted and (row.lasting or epoch == self.epoch):
            _sealed(found.value)
            self.answers[row.slot(found)] = found

    def _lasts(self, kind: Kind) -> bool:
        return row_of(self._table, kind).lasting


def _sealed(value: Any) -> Any:
    """The same, read-only: arrays that came through a pipe are writable again."""
    if isinstance(value, Bundle):
        value.__post_init__()
    elif isinstance(value, np.ndarray):
        value.setflags(write=False)
    return value
