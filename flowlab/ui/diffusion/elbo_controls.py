"""The controls of the bound on the likelihood."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.control_words import EXACT, KIND, forbid_levels
from flowlab.ui.room.exact_switch import ExactSwitch


class ElboControls(ExactSwitch):
    """Controls for the reverse variance, the data, and the levels of noise."""

    words, tip = "Exact noise and score", EXACT

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("diffusion", "variance", "bound_points")
        self.column.addWidget(heading("Noise levels"))
        self.levels = self.add_form("diffusion", "T", "schedule", *KIND, "standardise")
        self.column.addWidget(self.exact)
        self.add_more("elbo")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why there is no schedule."""
        super().show_document(document)
        forbid_levels(self.levels, document.diffusion)
