"""Asks the engine how much of the target, and of a source, lies outside the walls."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.core.reflected.outside import Outside, OutsideQuery
from flowlab.core.reflected.uses import from_source, from_target

if TYPE_CHECKING:
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.work.queries import Answer

REST = 0.2  # seconds that walls must stay the same: not while they are dragged


class OutsideWatch:
    """Keeps the share outside that of the document, where its particles come from its ends."""

    def __init__(self, link: EngineLink) -> None:
        self._link = link
        self._wanted: OutsideQuery | None = None
        self._asked: OutsideQuery | None = None
        self._since = 0.0
        self._seen: Answer[Outside] | None = None
        self._for: OutsideQuery | None = None  # what the answer was compared with
        self._known: Outside | None = None

    def show_document(self, document: Document) -> None:
        """Want the share of this document."""
        wanted = None
        if from_target(document):
            source = document.source if from_source(document) else None
            wanted = OutsideQuery(document.target, document.reflected, document.seed, source)
        if wanted != self._wanted:
            self._wanted, self._since = wanted, time.perf_counter()

    def tick(self) -> Outside | None:
        """Ask for what is new; return the answer if it is known."""
        wanted = self._wanted
        if wanted is None or self._link.engine is None:
            return None
        if wanted != self._asked and time.perf_counter() - self._since >= REST:
            self._asked = wanted
            self._link.ask(wanted)
        answer = self._link.answer(OutsideQuery)
        if answer is not self._seen or wanted is not self._for:  # comparing shapes takes long
            self._seen, self._for = answer, wanted
            fits = answer is not None and answer.query == wanted
            self._known = answer.value if answer is not None and fits else None
        return self._known
