"""Wishes of the window: commands and questions by name, and how each is queued and resent."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from flowlab.work.queries import Table, row_of


class Again(Enum):
    """When a wish is sent again to a new process."""

    NEVER = auto()
    AT_ONCE = auto()
    WITH_SNAPSHOTS = auto()  # once there are snapshots


@dataclass(frozen=True)
class Manner:
    """How a command is queued; most are sent in order, once."""

    newest: bool = False  # True if a newer one replaces an older one
    lasting: bool = False  # True if it depends on no document
    again: Again = Again.NEVER


MANNERS = {
    "watch": Manner(newest=True, lasting=True, again=Again.AT_ONCE),
    "measure": Manner(newest=True, lasting=True, again=Again.AT_ONCE),
    "look_back": Manner(newest=True, again=Again.WITH_SNAPSHOTS),
    "pin": Manner(newest=True, again=Again.WITH_SNAPSHOTS),
}


@dataclass(frozen=True, eq=False)
class Wish:
    """A command or a question: the name of an engine's method, and its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()
    slot: Hashable = None  # a newer wish of the same slot replaces it
    lasting: bool = False
    again: Again = Again.NEVER


def wish_of(table: Table, name: str, arguments: tuple[Any, ...] = ()) -> Wish:
    """The wish for a method, as the tables of commands and of questions describe it."""
    if name == "take_up":
        row, (asked,) = row_of(table, type(arguments[0].query)), arguments
        again = Again.AT_ONCE if row.again else Again.NEVER
        return Wish(name, arguments, row.slot(asked), row.lasting, again)
    if name == "cancel":
        return Wish(name, arguments, (name, *arguments))
    manner = MANNERS.get(name, Manner())
    slot = name if manner.newest else None
    return Wish(name, arguments, slot, manner.lasting, manner.again)
