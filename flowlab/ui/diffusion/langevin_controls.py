"""The controls of Langevin dynamics."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.control_words import EXACT
from flowlab.ui.room.exact_switch import ExactSwitch


class LangevinControls(ExactSwitch):
    """Controls for starts, steps and noise levels, and for what is drawn."""

    words, tip = "Exact noise and score", EXACT

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("diffusion", "langevin_start", "langevin_steps", "step_size", "sigma")
        self.column.addWidget(heading("Annealed"))
        self.add_form("diffusion", "most_sigma", "sigmas")
        self.column.addWidget(self.exact)
        self.add_form("view", "particles", "highlighted", "colour")
        self.add_more("langevin_dynamics")
        self.show_document(document)
