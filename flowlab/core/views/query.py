"""Questions that a window asks an engine, as frozen values; `work.queries` says who answers.

They lie here because the window's first frame imports nothing of an engine; so does `LensQuery`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Coupling
from flowlab.core.document.shapes import Shape
from flowlab.core.views.bundle import Bundle

A = TypeVar("A", covariant=True)


class Query(Generic[A]):
    """A question whose answer is an A."""


@dataclass(frozen=True, eq=False)
class Probe(Query[Bundle]):
    """Which paths start (or, from t = 1, end) at points (M, 2)?"""

    points: Floats
    from_time: int = 0


@dataclass(frozen=True)
class Samples(Query[Floats]):
    """What do `n` samples (n, 2) of a shape look like? The key says what they are for."""

    key: str
    shape: Shape
    n: int = 600


@dataclass(frozen=True, eq=False)
class ReflowPairs:
    """A coupling of the next generation, and the distributions whose points it pairs."""

    source: Shape
    target: Shape
    coupling: Coupling


@dataclass(frozen=True)
class Reflow(Query[ReflowPairs]):
    """Which pairs does the newest network make of fresh samples of the source?"""
