"""A network's parameters as plain arrays, which any process or file can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
class TrainingRecord:
    """What is saved of a training: the newest weights, the losses, and earlier weights."""

    weights: Weights
    losses: Mapping[str, AnyArray] = field(default_factory=dict)
    snapshots: Sequence[Weights] = ()  # by ascending step

    def __post_init__(self) -> None:
        earlier = tuple(m for m in self.snapshots if m.step < self.weights.step)
        object.__setattr__(self, "snapshots", earlier)
