"""Controls that have a switch for the exact velocity."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.core.stochastic.possible import why_no_exact_score
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.room.controls import Controls

EXACT = "Carried by the exact velocity in place of the network's, where it is known"


class ExactControls(Controls):
    """Controls of a view whose particles the network or the exact velocity carries."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.score: LazyForm | None = None
        self.exact = QCheckBox("Exact velocity")
        self.exact.setToolTip(EXACT)
        KeyKeeper(self.exact, [Qt.Key.Key_Space])
        self.exact.clicked.connect(self._show_exact)

    def add_score(self) -> None:
        """Add the switch for the exact score of the SDE."""
        self.score = self.add_form("stochastic", "exact_score")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why neither can be chosen."""
        super().show_document(document)
        if self.score is not None:
            self.score.forbid("exact_score", why_no_exact_score(document))
        unknown = why_none(document)
        self.exact.setChecked(document.view.shows == "exact" and not unknown)
        allow(self.exact, unknown)

    def _show_exact(self, on: bool) -> None:
        view = replace(self.document.view, shows="exact" if on else "learned")
        self.settled.emit()
        self.edited.emit(replace(self.document, view=view), "Change what is shown", "shows")
        self.settled.emit()
