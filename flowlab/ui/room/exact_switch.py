"""Controls that have a switch for the exact velocity."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.room.controls import Controls

EXACT = "Carried by the exact velocity in place of the network's, where it is known"


class ExactSwitch(Controls):
    """Controls of a view whose particles the network or the exact velocity carries."""

    words, tip = "Exact velocity", EXACT

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.exact = QCheckBox(self.words)
        self.exact.setToolTip(self.tip)
        KeyKeeper(self.exact, [Qt.Key.Key_Space])
        self.exact.clicked.connect(self._show_exact)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why the exact velocity can't be chosen."""
        super().show_document(document)
        unknown = why_none(document)
        self.exact.setChecked(document.view.shows == "exact" and not unknown)
        allow(self.exact, unknown)

    def _show_exact(self, on: bool) -> None:
        view = replace(self.document.view, shows="exact" if on else "learned")
        self.settled.emit()
        self.edited.emit(replace(self.document, view=view), "Change what is shown", "shows")
        self.settled.emit()
