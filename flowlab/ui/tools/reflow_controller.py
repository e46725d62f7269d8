"""Reflow: the engine makes pairs in the background, and the document takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from flowlab.core.views.query import Reflow, ReflowPairs
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.engine_link import EngineLink

if TYPE_CHECKING:
    from flowlab.work.queries import Answer


UNTRAINED = "Train first: the learned flow makes the pairs"


class ReflowController(QObject):
    """Makes the new coupling one undoable edit, and trains the new network it requires."""

    taken = Signal()  # the document has a new generation of pairs

    def __init__(self, link: EngineLink, store: DocumentStore) -> None:
        super().__init__(store)
        self.link, self.store = link, store
        self._seen: Answer[ReflowPairs] | None = None

    def toggle(self) -> None:
        """Start making pairs from the learned flow, or stop."""
        status = self.link.status()
        if status is not None and Reflow in status.progress:
            self.link.cancel(Reflow)
        else:
            self.link.ask(Reflow())

    def tick(self) -> None:
        """Take new pairs if they belong to the present distributions; called once a frame."""
        answer = self.link.answer(Reflow)
        if answer is None or answer is self._seen:
            return
        self._seen, pairs = answer, answer.value
        document = self.store.document
        if (document.source, document.target) != (pairs.source, pairs.target):
            return
        self.store.settle()
        generation = pairs.coupling.generation
        edited = document.with_parts(coupling=pairs.coupling)
        self.store.edit(edited, f"Reflow, generation {generation}")
        self.store.settle()
        self.taken.emit()
