"""Questions that a window asks an engine, as frozen values; `work.queries` has their handlers.

They are defined here since the window's first frame imports nothing of an engine. `LensQuery` is
in `lens` for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from flowlab.core.array_types import Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.shapes import Shape
from flowlab.core.views.bundle import Bundle

A = TypeVar("A", covariant=True)


class Query(Generic[A]):
    """A question whose answer is an A."""


@dataclass(frozen=True, eq=False)
class Probe(Query[Bundle]):
    """The paths that start (or, for `from_time` 1, end) at points (M, 2)."""

    points: Floats
    from_time: int = 0


@dataclass(frozen=True)
class Samples(Query[Floats]):
    """`n` samples (n, 2) of a shape; `key` names their use."""

    key: str
    shape: Shape
    n: int = 600


@dataclass(frozen=True)
class Settled(Query[int]):
    """The revision of the bundle that answers every edit so far; told once it is there."""

    number: int  # so that each question has an answer of its own


@dataclass(frozen=True, eq=False)
class ReflowPairs:
    """The coupling of a reflow's next generation, and the distributions whose points it pairs."""

    source: Shape
    target: Shape
    coupling: Coupling


@dataclass(frozen=True)
class Reflow(Query[ReflowPairs]):
    """Pairs (x0, x1): samples of the source, and where the newest network carries them."""
