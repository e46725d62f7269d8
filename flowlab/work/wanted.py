"""What the window wants of the engine, remembered so that another process can take over."""

from __future__ import annotations

from collections.abc import Hashable

from flowlab.core.document.document import Document
from flowlab.core.learning.branch import Branch
from flowlab.work.wishes import Again, Wish


class Wanted:
    """The effect of all wishes so far, for a new process that received none of them."""

    def __init__(self) -> None:
        self.document: Document | None = None
        self.branch = Branch()
        self.documents: dict[int, Document] = {}  # the newest one of each training
        self.training = False
        self._newest: dict[Hashable, Wish] = {}  # wishes to be sent again to a new process
        self._waiting: list[Wish] = []  # until there are snapshots

    def note(self, wish: Wish) -> None:
        """Note a wish."""
        if wish.name in ("open", "apply"):
            self.document, self.branch = wish.arguments[0], wish.arguments[-1]
            self.documents[self.branch.number] = self.document
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
        """The wishes to send to a new process after "open": commands first, then questions."""
        known = sorted(self._newest.values(), key=lambda wish: wish.name == "take_up")
        self._waiting = [wish for wish in known if wish.again is Again.WITH_SNAPSHOTS]
        at_once = [wish for wish in known if wish.again is Again.AT_ONCE]
        return [*at_once, *([Wish("train")] if training else [])]

    def for_snapshots(self) -> list[Wish]:
        """The wishes that waited for snapshots; returned once."""
        waiting, self._waiting = self._waiting, []
        return waiting
