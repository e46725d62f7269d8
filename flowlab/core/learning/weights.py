"""A network's parameters as plain arrays, which any process or file can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowlab.core.array_types import AnyArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Weights:
    """Parameters and buffers by name, as read-only arrays, and how long they were trained."""

    step: int = 0
    seconds: float = 0.0  # spent training
    arrays: Mapping[str, AnyArray]  # averaged if there is an average
    raw: Mapping[str, AnyArray] | None = None  # not averaged

    def __post_init__(self) -> None:
        for value in (*self.arrays.values(), *(self.raw or {}).values()):
            value.setflags(write=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Checkpoint:
    """All that a trainer needs to go on later as if it had never stopped."""

    weights: Weights  # with the raw ones
    memory: Sequence[AnyArray]  # moment vectors of the optimiser
    optimiser_steps: int
    averaged: int  # steps in the average of the weights
    rng: AnyArray  # state of the generator of the batches

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all arrays."""
        parts = (*self.weights.arrays.values(), *(self.weights.raw or {}).values(), *self.memory)
        return sum(value.nbytes for value in parts)

    def without_optimiser(self) -> Checkpoint:
        """The weights alone, in half of the memory or less: the optimiser then starts again."""
        return replace(self, memory=(), optimiser_steps=0)


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingRecord:
    """What is saved of a training: the newest weights, the losses, and earlier weights."""

    weights: Weights
    losses: Mapping[str, AnyArray] = field(default_factory=dict)
    snapshots: Sequence[Weights] = ()  # by ascending step

    def __post_init__(self) -> None:
        earlier = tuple(m for m in self.snapshots if m.step < self.weights.step)
        object.__setattr__(self, "snapshots", earlier)
