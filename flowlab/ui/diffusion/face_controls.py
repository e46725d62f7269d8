"""The controls of the faces of a model."""

from __future__ import annotations

from flowlab.core.diffusion.settings import ERROR
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.control_words import EXACT, KIND, forbid_levels
from flowlab.ui.room.exact_switch import ExactSwitch


class FaceControls(ExactSwitch):
    """Controls for the levels of noise, and for the face whose error grows."""

    words, tip = "Exact noise and score", EXACT

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.drawn = self.add_form("diffusion", "faces_as", "off_face")
        self.column.addWidget(heading("Noise levels"))
        self.levels = self.add_form("diffusion", "T", "schedule", *KIND, "standardise")
        self.column.addWidget(self.exact)
        self.add_more("faces")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why there is no schedule."""
        super().show_document(document)
        self.drawn.forbid_option("faces_as", ERROR, why_no_errors(document))
        forbid_levels(self.levels, document.diffusion)


def why_no_errors(document: Document) -> str:
    """Why the network's faces can't be compared with the exact ones; empty if they can."""
    if document.view.shows == "exact":
        return ARE_EXACT
    return why_none(document)


ARE_EXACT = "What is shown are the exact faces: switch them off to see the network's errors."
