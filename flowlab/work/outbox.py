"""The queue of wishes to the engine's process; the window puts them without waiting."""

from __future__ import annotations

import threading
from typing import NamedTuple

from flowlab.work.wishes import Wish


class Letter(NamedTuple):
    """A wish and the epoch (the number of documents opened) that it belongs to."""

    epoch: int
    wish: Wish


class Outbox:
    """An ordered queue in which a newer wish replaces those that it makes pointless.

    It stays short, even if the other process doesn't read for a long time.
    """

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._changed = threading.Condition()
        self._closed = False

    def put(self, wish: Wish, epoch: int = 0) -> None:
        """Add a wish at the end; returns at once."""
        with self._changed:
            self._letters = [*_still_of_use(self._letters, wish), Letter(epoch, wish)]
            self._changed.notify()

    def take(self) -> Letter | None:
        """The oldest wish, waiting for one; None once the outbox is closed."""
        with self._changed:
            while not self._letters and not self._closed:
                self._changed.wait()
            return None if self._closed else self._letters.pop(0)

    def close(self) -> None:
        """Drop what is left and have `take` return None."""
        with self._changed:
            self._closed = True
            self._letters.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._letters)


def _still_of_use(letters: list[Letter], added: Wish) -> list[Letter]:
    """The wishes that still matter when another one is added."""
    if added.name == "open":  # begins anew
        return [letter for letter in letters if letter.wish.lasting]
    if added.slot is not None:
        return [letter for letter in letters if letter.wish.slot != added.slot]
    about = [k for k, letter in enumerate(letters) if _in_order(letter.wish)]
    if added.name == "apply" and about and letters[about[-1]].wish.name == "apply":
        return [letter for k, letter in enumerate(letters) if k != about[-1]]
    return letters


def _in_order(wish: Wish) -> bool:
    """True if its order relative to edits matters."""
    return wish.slot is None and not wish.lasting
