"""A line of the list of keys: what is pressed, and what it does."""

from __future__ import annotations

from typing import NamedTuple

NAME = "name"  # property of an action: what it is called, whatever its text says at the moment
GROUP = "group"  # property of an action: under which heading its key is listed


class KeyRow(NamedTuple):
    """Keys or a gesture, and what they do."""

    keys: str
    words: str
