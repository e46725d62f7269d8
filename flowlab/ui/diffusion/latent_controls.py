"""The controls of a latent model on a line, and of its q."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QPushButton

from flowlab.core.diffusion.latent_picture import pictured
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.ui.base.called import call
from flowlab.ui.base.hint import say
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls

BEST = (
    "Moves q to the mean and the spread of the posterior. If that is Gaussian, nothing is lost; "
    "with a bent decoder another q may lose less"
)
ALSO = "best q, match the posterior, optimal encoder, close the gap, E step"


class LatentControls(Controls):
    """Controls for q, and for the model whose posterior it is to be."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("diffusion", "q_mean", "q_deviation")
        self.best = QPushButton("Match mean and spread")
        self.best.setToolTip(BEST)
        call(self.best, ALSO, does="give q the posterior's mean and spread")
        self.best.clicked.connect(self._match)
        self.column.addWidget(self.best)
        self.column.addWidget(heading("Model"))
        self.add_form("diffusion", "latent_x", "latent_slope", "latent_bend", "latent_deviation")
        self.show_document(document)

    def _match(self) -> None:
        """Give q the posterior's mean and spread."""
        settings = self.document.diffusion
        try:
            found = pictured(settings)
            moved = replace(
                settings,
                q_mean=round(found.posterior_mean, 4),
                q_deviation=round(found.posterior_deviation, 4),
            )
        except Invalid as error:
            say(self.best, str(error))
            return
        self.settled.emit()
        self.edited.emit(self.document.with_parts(diffusion=moved), "Match the posterior", "q")
        self.settled.emit()
