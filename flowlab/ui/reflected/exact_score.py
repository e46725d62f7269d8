"""A switch between the learned and the exact score between walls."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox

from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.room.controls import Controls

EXACT = "Carried by the exact score in place of the one that the network has learned"
NOT_LEARNED = (
    "The network learns no score between walls, so the exact one is shown: the view Score lets it "
    "learn one"
)
NOT_TOLD = "The network isn’t told the classes, so the exact scores are shown: see the view Score"


class ExactScore(QCheckBox):
    """A switch for the exact score, which is on where the network has learned no other."""

    edited = Signal(object, str, str)  # document, words for the undo step, merge key

    def __init__(self, document: Document) -> None:
        super().__init__("Exact score")
        self.document = document
        self.setToolTip(EXACT)
        KeyKeeper(self, [Qt.Key.Key_Space])
        self.clicked.connect(self._choose)

    def show_document(self, document: Document, why: str = "") -> None:
        """Show which score is shown; `why` only the exact one can be."""
        self.document = document
        why = why or ("" if between_walls(document) else NOT_LEARNED)
        self.setChecked(bool(why) or document.view.shows == "exact")
        allow(self, why)

    def _choose(self, on: bool) -> None:
        view = replace(self.document.view, shows="exact" if on else "learned")
        self.edited.emit(replace(self.document, view=view), "Change what is shown", "shows")


def add_exact_score(controls: Controls) -> ExactScore:
    """Add the switch to the controls of a view."""
    switch = ExactScore(controls.document)
    switch.edited.connect(controls.edited)
    controls.column.addWidget(switch)
    return switch
