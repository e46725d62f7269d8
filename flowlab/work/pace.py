"""How many particles a picture may have that follows a person's hand."""

from __future__ import annotations

from collections.abc import Hashable

from flowlab.core.document.document import Document
from flowlab.work.expected_time import calls_in

FRAME = 0.023  # seconds; the rest of two of the screen's frames is for sending
_LATE = 1.2  # times that
COUNTS = (125, 180, 250, 350, 500, 700, 1000)
_FIRST = 2  # of `COUNTS`, until a picture was made
_SLOW = 3  # pictures in a row that take too long: one alone may have been disturbed


class Pace:
    """The largest number that is carried in time, told by the coarse pictures before."""

    def __init__(self) -> None:
        self._of: Hashable = None
        self._at, self._late = _FIRST, 0

    def count(self, document: Document) -> int:
        """Particles of the next coarse picture of a document."""
        self._begin(document)
        return COUNTS[self._at]

    def learn(self, document: Document, seconds: float) -> None:
        """Take the time of a coarse picture with that number."""
        self._begin(document)
        self._late = self._late + 1 if seconds > _LATE * FRAME else 0
        last = len(COUNTS) - 1
        if self._late >= _SLOW and self._at > 0:
            self._at, self._late = self._at - 1, 0
        elif self._at < last and seconds * COUNTS[self._at + 1] / COUNTS[self._at] < FRAME:
            self._at += 1

    def _begin(self, document: Document) -> None:
        """Begin anew for another amount of work."""
        of = document.view.name, document.network, calls_in(document)
        if of != self._of:
            self._of, self._at, self._late = of, _FIRST, 0
