"""The controls of the round trips, and of the interpolant's pictures."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls
from flowlab.ui.stochastic.noise_controls import NoiseControls


class RoundTripControls(NoiseControls):
    """Controls for the noise, for both solvers, and for what is drawn."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.column.addWidget(heading("SDE"))
        self.add_form("stochastic", "eps", "eps_shape", "method", "steps")
        self.add_score()
        self.column.addWidget(heading("ODE"))
        self.add_form("solver", "method", "steps")
        self.column.addWidget(self.exact)
        self.add_form("view", "particles", "highlighted", "colour")
        self.add_more("round_trip")
        self.show_document(document)


class StripControls(Controls):
    """Controls for the number of pictures, and for what is drawn."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("stochastic", "panels")
        self.add_form("view", "particles", "colour")
        self.add_more("strip")
        self.show_document(document)
