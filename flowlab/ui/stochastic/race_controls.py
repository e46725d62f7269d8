"""The controls of the race: the budget, the noise, and which error is shown."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.stochastic.noise_controls import NoiseControls

OTHER = {
    "race_evaluations": "The budget is in milliseconds: choose equal evaluations above",
    "race_milliseconds": "The budget is in evaluations: choose equal milliseconds above",
}


class RaceControls(NoiseControls):
    """One budget for all lanes, of evaluations or of time."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.column.addWidget(heading("Budget of each lane"))
        self.budget = self.add_form("stochastic", "race_by", *OTHER)
        self.column.addWidget(heading("SDE"))
        self.add_form("stochastic", "eps", "eps_shape")
        self.add_score()
        self.column.addWidget(heading("Lanes"))
        self.add_form("solver", "direction")
        self.column.addWidget(self.exact)
        self.add_form("stochastic", "race_measure")
        self.add_form("view", "highlighted", "colour")
        self.add_more("race")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings; the budget that isn't chosen is off."""
        super().show_document(document)
        for name, reason in OTHER.items():
            chosen = name == f"race_{document.stochastic.race_by}"
            self.budget.forbid(name, "" if chosen else reason)
