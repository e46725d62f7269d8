"""Controls that have switches for the exact velocity and the exact score."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.stochastic.possible import why_no_exact_score
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.room.exact_switch import ExactSwitch


class ExactControls(ExactSwitch):
    """Controls of a view whose particles an ODE and an SDE carry."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.score: LazyForm | None = None

    def add_score(self) -> None:
        """Add the switch for the exact score of the SDE."""
        self.score = self.add_form("stochastic", "exact_score")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why neither can be chosen."""
        super().show_document(document)
        if self.score is not None:
            self.score.forbid("exact_score", why_no_exact_score(document))
