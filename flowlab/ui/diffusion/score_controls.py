"""The controls of score matching in several ways."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.room.controls import Controls


class ScoreControls(Controls):
    """Controls for the noise, for the training, and for what is drawn."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("diffusion", "scores_as", "score_sigma", "score_steps")
        self.add_more("learned_scores")
        self.show_document(document)
