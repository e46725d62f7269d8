"""The controls of the faces of a model."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.control_words import EXACT, NO_SCHEDULE
from flowlab.ui.room.exact_switch import ExactSwitch


class FaceControls(ExactSwitch):
    """Controls for the levels of noise, and for the face whose error grows."""

    words, tip = "Exact noise and score", EXACT

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("diffusion", "off_face")
        self.column.addWidget(heading("Noise levels"))
        self.levels = self.add_form("diffusion", "T", "schedule", "kind", "standardise")
        self.column.addWidget(self.exact)
        self.add_more("faces")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why there is no schedule."""
        super().show_document(document)
        self.levels.forbid("schedule", NO_SCHEDULE if document.diffusion.kind == "ve" else "")
