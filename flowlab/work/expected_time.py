"""How long a picture will take, told by those made before it."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.rows import resolve

_GUESS = 0.1  # seconds that the default document is taken to need until a picture was made
_FIXED = 8000  # multiplications that the work around an evaluation takes as long as


class ExpectedTime:
    """The time of a document's full picture: that of an earlier one, by the work in both."""

    def __init__(self) -> None:
        self._seconds, self._work = _GUESS, work_in(Document())

    def of(self, document: Document) -> float:
        """Seconds that the document's full picture will take."""
        return self._seconds * work_in(document) / self._work

    def learn(self, document: Document, seconds: float) -> None:
        """Take the time of a document's full picture."""
        self._seconds, self._work = seconds, work_in(document)

    def at_least(self, document: Document, seconds: float) -> None:
        """Take the time after which a document's full picture was given up."""
        if seconds > self.of(document):
            self.learn(document, seconds)

    def at_most(self, document: Document, seconds: float) -> None:
        """Take a time that the document's full picture can't be longer than."""
        if seconds < self.of(document):
            self.learn(document, seconds)


def work_in(document: Document) -> float:
    """Multiplications in the full picture of a document, roughly."""
    network = document.network
    each = _FIXED + network.width * (network.depth - 1) * network.width
    return float(each * calls_in(document) * document.view.particles)


def calls_in(document: Document) -> int:
    """How many velocities a particle of the picture takes."""
    row = VIEWS[document.view.name]
    calls: int = resolve(row.calls)(document) if row.calls else document.solver.evaluations
    return calls
