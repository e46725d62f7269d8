"""Wishes on their way to the engine's process: put by the window, which never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

Wish = tuple[str, tuple[Any, ...]]

NEWEST = frozenset({"watch", "look_back", "pin", "probe", "look", "measure"})  # replace each other
LASTING = frozenset({"request_cloud", "measure"})  # are of no document


class Outbox:
    """An ordered queue in which a newer wish replaces those that it makes pointless.

    So it stays short, however long the process at the other end doesn't listen.
    """

    def __init__(self) -> None:
        self._wishes: list[Wish] = []
        self._changed = threading.Condition()
        self._closed = False

    def put(self, name: str, arguments: Sequence[Any] = ()) -> None:
        """Add a wish at the end; returns at once."""
        with self._changed:
            self._wishes = [*_still_of_use(self._wishes, name), (name, tuple(arguments))]
            self._changed.notify()

    def take(self) -> Wish | None:
        """The oldest wish, waiting for one; None once the outbox is closed."""
        with self._changed:
            while not self._wishes and not self._closed:
                self._changed.wait()
            return None if self._closed else self._wishes.pop(0)

    def close(self) -> None:
        """Drop what is left and have `take` return None."""
        with self._changed:
            self._closed = True
            self._wishes.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._wishes)


def _still_of_use(wishes: list[Wish], name: str) -> list[Wish]:
    """The wishes that still matter when another is added."""
    if name == "open":  # begins anew
        return [wish for wish in wishes if wish[0] in LASTING]
    if name in NEWEST:
        return [wish for wish in wishes if wish[0] != name]
    about = [k for k, wish in enumerate(wishes) if wish[0] not in NEWEST | LASTING]
    if name == "apply" and about and wishes[about[-1]][0] == "apply":
        return [wish for k, wish in enumerate(wishes) if k != about[-1]]
    return wishes
