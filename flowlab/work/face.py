"""What the window may say to an engine, in this process or another: written once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

from flowlab.core.document.document import Document, Network
from flowlab.core.learning.weights import TrainingRecord
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Query
from flowlab.work.queries import Answer, Asked, Table
from flowlab.work.status import Status
from flowlab.work.trouble import Trouble

A = TypeVar("A")


class EngineFace(ABC):
    """Commands, questions and what is to be seen; no call waits for the engine's work.

    By itself a command is only passed to `tell`; the engine of this process obeys it.
    """

    def __init__(self, table: Table) -> None:
        self._table, self._number = table, 0

    @abstractmethod
    def tell(self, name: str, *arguments: Any) -> None:
        """Have a command of this face obeyed, by its name; the status says what fails."""

    # --- commands ------------------------------------------------------------------------------

    def apply(self, document: Document) -> None:
        """Show this document: retrain, swap data, tune or sample again, as little as will do."""
        self.tell("apply", document)

    def open(self, document: Document, record: TrainingRecord | None = None) -> None:
        """Begin anew, paused, with another document and what was saved of its training.

        Until its weights are in use, `record` answers with what was saved.
        """
        self.tell("open", document, record)

    def train(self) -> None:
        """Start or go on training."""
        self.tell("train")

    def pause(self) -> None:
        """Pause training after the present block."""
        self.tell("pause")

    def step(self) -> None:
        """Train for one step, then pause."""
        self.tell("step")

    def reset(self) -> None:
        """Take fresh weights for the same document."""
        self.tell("reset")

    def watch(self, t: float) -> None:
        """Say which t is seen: while training, slow pictures are refreshed there first."""
        self.tell("watch", t)

    def look_back(self, step: int | None) -> None:
        """Picture the flow as it was at the step nearest to `step`; None: as it is now.

        Training goes on undisturbed.
        """
        self.tell("look_back", step)

    def pin(self, step: int | None) -> None:
        """Picture the moment nearest to `step` as well, to be seen beside; None: no longer."""
        self.tell("pin", step)

    def measure(self, names: Sequence[str]) -> None:
        """Say which of `work.figures.GAUGES` are seen: no others are computed."""
        self.tell("measure", tuple(names))

    def restart(self) -> None:
        """Start anew where the engine is lost or doesn't answer; returns at once."""
        return

    @abstractmethod
    def close(self) -> bool:
        """Stop all threads and say whether they have ended; harmless when called again."""

    # --- questions -----------------------------------------------------------------------------

    def ask(self, query: Query[Any]) -> int:
        """Have a question answered; returns the number that its answer will carry."""
        self._number += 1
        self.take_up(Asked(self._number, query))
        return self._number

    def take_up(self, asked: Asked) -> None:
        """Have a question answered that has its number already."""
        self.tell("take_up", asked)

    def cancel(self, kind: type[Query[Any]]) -> None:
        """Have no question of this kind answered that was asked until now."""
        self.tell("cancel", kind)

    @abstractmethod
    def answer(self, kind: type[Query[A]], key: object = None) -> Answer[A] | None:
        """The newest answer to such a question (of that key or number), or None."""

    @abstractmethod
    def progress(self, kind: type[Query[Any]]) -> float | None:
        """The share that is done of such a question, where it is shown and under way."""

    # --- what is to be seen --------------------------------------------------------------------

    @abstractmethod
    def newest(self) -> Bundle | None:
        """The newest bundle, or None before the first."""

    @abstractmethod
    def pinned(self) -> Bundle | None:
        """The bundle of the pinned moment, or None while there is none."""

    @abstractmethod
    def record(self, network: Network | None = None) -> TrainingRecord | None:
        """What there is to be saved of the training (of that network, if one is named)."""

    @abstractmethod
    def status(self) -> Status:
        """Everything about the work in progress."""

    @property
    def ready(self) -> bool:
        """Whether there is an engine that answers."""
        return True

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with the engine, if anything is."""
        return None
