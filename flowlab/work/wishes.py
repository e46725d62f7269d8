"""Wishes of the window: commands and questions by name, and what becomes of each on its way."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from flowlab.work.queries import Table, row_of


class Again(Enum):
    """When a wish is uttered once more to a new process."""

    NEVER = auto()
    AT_ONCE = auto()
    WITH_MOMENTS = auto()  # of training, once there are some


@dataclass(frozen=True)
class Manner:
    """How a command is treated on its way; most are sent in order, once."""

    newest: bool = False  # a newer one replaces an older
    lasting: bool = False  # is of no document
    again: Again = Again.NEVER


MANNERS = {
    "watch": Manner(newest=True, lasting=True, again=Again.AT_ONCE),
    "measure": Manner(newest=True, lasting=True, again=Again.AT_ONCE),
    "look_back": Manner(newest=True, again=Again.WITH_MOMENTS),
    "pin": Manner(newest=True, again=Again.WITH_MOMENTS),
}


@dataclass(frozen=True, eq=False)
class Wish:
    """A command or a question: a method of the engine by its name, with what it is given."""

    name: str
    arguments: tuple[Any, ...] = ()
    slot: Hashable = None  # a newer wish of the same slot replaces it
    lasting: bool = False
    again: Again = Again.NEVER


def wish_of(table: Table, name: str, arguments: tuple[Any, ...] = ()) -> Wish:
    """A wish, treated as the tables of commands and of questions say."""
    if name == "take_up":
        row, (asked,) = row_of(table, type(arguments[0].query)), arguments
        again = Again.AT_ONCE if row.again else Again.NEVER
        return Wish(name, arguments, row.slot(asked), row.lasting, again)
    if name == "cancel":
        return Wish(name, arguments, (name, *arguments))
    manner = MANNERS.get(name, Manner())
    slot = name if manner.newest else None
    return Wish(name, arguments, slot, manner.lasting, manner.again)
