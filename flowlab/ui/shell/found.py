"""A line of what the search box has found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """A line of the list: its words, where it is, its keys, and what Enter does.

    With `why`, it can't be done now.
    """

    words: str
    where: str
    keys: str
    tip: str
    act: Callable[[], object]
    why: str = ""
