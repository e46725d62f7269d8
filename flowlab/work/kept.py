"""What is known of a training elsewhere: its newest weights, what brings it back, and its facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from flowlab.core.array_types import AnyArray
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.weights import Checkpoint, TrainingRecord, Weights


@dataclass(frozen=True, eq=False)
class Published:
    """Weights with the number of their training and the network that they belong to."""

    branch: int
    network: Network
    weights: Weights

    def fits(self, network: Network | None, branch: Branch | None) -> bool:
        """True if they are weights of this network and training, where those are given."""
        of_branch = branch is None or branch.can_use(self.branch)
        return of_branch and network in (None, self.network)


@dataclass(frozen=True, eq=False, kw_only=True)
class KeptTraining:
    """A training that can be gone on with: what another process needs of it."""

    number: int
    document: Document
    checkpoint: Checkpoint
    losses: dict[str, AnyArray] = field(default_factory=dict)
    own_steps: int = 0  # since it left its parent
    own_seconds: float = 0.0

    @property
    def record(self) -> TrainingRecord:
        """What a session stores of it."""
        return TrainingRecord(weights=self.checkpoint.weights, losses=self.losses)


QUALITIES = ("sliced_w2", "sliced_w2_floor", "sliced_w2_spread")  # of `RunFacts`, once measured


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What a list of trainings says of one of them."""

    number: int
    step: int
    seconds: float  # spent training, those of its parents included
    own_steps: int = 0  # since it left its parent: those with these very settings
    own_seconds: float = 0.0  # spent since it left its parent
    loss: float | None = None  # mean squared error of the latest blocks, None before the first
    measured_at: int | None = None  # step at which it was last measured, maybe an earlier one
    sliced_w2: float | None = None
    sliced_w2_floor: float | None = None  # of fresh samples
    sliced_w2_spread: float | None = None
