"""The engine's interface for the window, whether it runs in this process or in another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.weights import TrainingRecord
from flowlab.core.views.query import Query
from flowlab.core.views.results import Result
from flowlab.work.kept import KeptTraining
from flowlab.work.queries import Answer, Asked, Table
from flowlab.work.status import Status
from flowlab.work.trouble import Trouble

A = TypeVar("A")


class EngineFace(ABC):
    """Commands, questions and results; no call waits for the engine's work.

    Here a command is only passed to `tell`; the engine in this process overrides the commands.
    """

    def __init__(self, table: Table) -> None:
        self._table, self._number = table, 0

    @abstractmethod
    def tell(self, name: str, *arguments: Any) -> None:
        """Have a command of this interface obeyed, by its name; failures are in the status."""

    # --- commands ------------------------------------------------------------------------------

    def apply(self, document: Document, branch: Branch = FIRST) -> None:
        """Show this document: retrain, swap data, tune or sample again, whatever is least.

        Another branch than the present one brings its own weights back, or begins; the weights
        before are kept.
        """
        self.tell("apply", document, branch)

    def open(
        self,
        document: Document,
        record: TrainingRecord | None = None,
        branch: Branch = FIRST,
    ) -> None:
        """Begin anew, paused, with another document and what was saved of its training.

        Until its weights are in use, `record` answers with what was saved.
        """
        self.tell("open", document, record, branch)

    def keep(self, kept: KeptTraining) -> None:
        """Take over a training that another engine kept, so that its branch can come back."""
        self.tell("keep", kept)

    def train(self) -> None:
        """Start or go on training."""
        self.tell("train")

    def pause(self) -> None:
        """Pause training after the present block."""
        self.tell("pause")

    def step(self) -> None:
        """Train for one step, then pause."""
        self.tell("step")

    def watch(self, t: float) -> None:
        """Set the t that is shown: while training, slow pictures are refreshed there first."""
        self.tell("watch", t)

    def look_back(self, step: int | None) -> None:
        """Picture the flow as it was at the step nearest to `step`; None: as it is now.

        Training goes on undisturbed.
        """
        self.tell("look_back", step)

    def pin(self, step: int | None) -> None:
        """Also show the flow of the snapshot nearest to `step`, side by side; None: stop."""
        self.tell("pin", step)

    def measure(self, names: Sequence[str]) -> None:
        """Set which of `work.figures.GAUGES` are shown; no others are computed."""
        self.tell("measure", tuple(names))

    def restart(self) -> None:
        """Start another engine if this one is lost or doesn't answer; returns at once."""
        return

    @abstractmethod
    def close(self) -> bool:
        """Stop all threads; True if they have ended. May be called again."""

    # --- questions -----------------------------------------------------------------------------

    def ask(self, query: Query[Any]) -> int:
        """Have a question answered; returns the number that its answer will carry."""
        self._number += 1
        self.take_up(Asked(self._number, query))
        return self._number

    def take_up(self, asked: Asked) -> None:
        """Have a question answered that already has its number."""
        self.tell("take_up", asked)

    def cancel(self, kind: type[Query[Any]]) -> None:
        """Drop all questions of this kind asked so far."""
        self.tell("cancel", kind)

    @abstractmethod
    def answer(self, kind: type[Query[A]], key: object = None) -> Answer[A] | None:
        """The newest answer to a question of this kind (and of that key or number), or None."""

    @abstractmethod
    def progress(self, kind: type[Query[Any]]) -> float | None:
        """The share that is done of a running question of this kind; None if it isn't shown."""

    # --- what is to be seen --------------------------------------------------------------------

    @abstractmethod
    def newest(self) -> Result | None:
        """The newest bundle, or None before the first."""

    @abstractmethod
    def pinned(self) -> Result | None:
        """The bundle of the pinned snapshot, or None."""

    @abstractmethod
    def record(
        self, network: Network | None = None, branch: Branch | None = None
    ) -> TrainingRecord | None:
        """What is to be saved of a training; None without weights (of this network and branch)."""

    @abstractmethod
    def status(self) -> Status:
        """The state of the work in progress."""

    @property
    def ready(self) -> bool:
        """True if there is an engine that answers."""
        return True

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with the engine, or None."""
        return None
