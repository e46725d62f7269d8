"""A question of a window to an engine, as a type: what its answer is."""

from __future__ import annotations

from typing import Generic, TypeVar

A = TypeVar("A", covariant=True)


class Query(Generic[A]):
    """A frozen question whose answer is an A; the kinds of them lie in the table of the engine."""
