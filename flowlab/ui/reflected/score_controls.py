"""The controls of the view of a learned score: the network, the walls and the noise."""

from __future__ import annotations

from flowlab.core.document.classes import why_no_condition
from flowlab.core.document.document import Document
from flowlab.core.document.learned import (
    ONLY_DENOISING,
    ONLY_LEARNED,
    between_walls,
    why_no_implicit,
)
from flowlab.ui.base.widgets import heading
from flowlab.ui.reflected.controls import WallControls
from flowlab.ui.room.controls import Controls


class ScoreControls(WallControls):
    """The network that learns the score, above the walls and the schedule."""

    view = "wall_score"
    drawn = ()

    def add_first(self) -> None:
        """Add what the network is and predicts, and what it learns from."""
        self.column.addWidget(heading("Network"))
        self.network = self.add_form(
            "network", "predicts", "width", "depth", "waves", "conditional"
        )
        self.training = self.add_form(
            "training", "score_matching", "weighting", "batch", "learning_rate"
        )

    def add_process(self) -> None:
        """Add the schedule's settings."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)
        why = "" if document.network.conditional else why_no_condition(document)
        self.network.forbid("conditional", why)
        other = "" if between_walls(document) else ONLY_LEARNED
        implicit = document.training.score_matching == "implicit"
        self.training.forbid("score_matching", other)
        self.training.forbid("weighting", other or (ONLY_DENOISING if implicit else ""))
        self.training.forbid_option("score_matching", "implicit", why_no_implicit(document))
