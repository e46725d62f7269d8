"""The interface of every plan's result, on which engine, process and window depend."""

from __future__ import annotations

from typing import Protocol, Self

from flowlab.core.array_types import Floats


class Extra(Protocol):
    """A result that only one room computes: a frozen value of the room's type, `Bundle.extra`."""

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""

    def compact(self) -> Self:
        """The same in less memory, or itself."""


class Result(Protocol):
    """A frozen, read-only answer to a request for a picture, readable at any time in [0, 1]."""

    @property
    def times(self) -> Floats:
        """The times (T,) at which it is known, ascending from 0 to 1."""

    @property
    def revision(self) -> int:
        """The number of the request that it answers."""

    @property
    def step(self) -> int:
        """The training step of the weights."""

    @property
    def seconds(self) -> float:
        """Wall time of computing it, without what is cached."""

    @property
    def evaluations(self) -> int:
        """Network evaluations spent on each particle or picture."""

    @property
    def count(self) -> int:
        """How many particles or pictures it holds."""

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""

    def compact(self) -> Self:
        """The same in less memory, at a slightly lower precision."""
