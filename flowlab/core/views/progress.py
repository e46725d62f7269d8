"""What a part of a job tells of its progress, as a share of the whole."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[float], None]


def part_of(tell: Tell | None, begin: float, share: float) -> Tell | None:
    """What is told the share of one part, and tells that of all; None where nobody is told."""
    return None if tell is None else lambda done: tell(begin + share * done)
