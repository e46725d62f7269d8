"""What the window wants of the engine, remembered so that another process can take over."""

from __future__ import annotations

from collections.abc import Hashable

from flowlab.core.document.document import Document
from flowlab.work.wishes import Again, Wish


class Wanted:
    """The sum of all wishes so far, as a process that heard none of them needs it."""

    def __init__(self) -> None:
        self.document: Document | None = None
        self.training = False
        self._newest: dict[Hashable, Wish] = {}  # that are to be uttered again
        self._waiting: list[Wish] = []  # for moments

    def note(self, wish: Wish) -> None:
        """Take in a wish."""
        if wish.name in ("open", "apply"):
            self.document = wish.arguments[0]
        if wish.name == "open":
            self._newest = {slot: known for slot, known in self._newest.items() if known.lasting}
        if wish.name in ("train", "pause", "step", "open"):
            self.training = wish.name == "train"
        if wish.name == "cancel":
            self._cancel(wish.arguments[0])
        if wish.again is not Again.NEVER:
            self._newest.pop(wish.slot, None)
            self._newest[wish.slot] = wish

    def _cancel(self, kind: object) -> None:
        asked = [wish for wish in self._newest.values() if wish.name == "take_up"]
        for wish in asked:
            if type(wish.arguments[0].query) is kind:
                del self._newest[wish.slot]

    def once_more(self, training: bool) -> list[Wish]:
        """What to tell a new process after it has opened the document: commands come first."""
        known = sorted(self._newest.values(), key=lambda wish: wish.name == "take_up")
        self._waiting = [wish for wish in known if wish.again is Again.WITH_MOMENTS]
        at_once = [wish for wish in known if wish.again is Again.AT_ONCE]
        return [*at_once, *([Wish("train")] if training else [])]

    def of_moments(self) -> list[Wish]:
        """What waited until there were moments of training; once."""
        waiting, self._waiting = self._waiting, []
        return waiting
