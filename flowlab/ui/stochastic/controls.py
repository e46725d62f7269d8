"""The controls of each view of the ODE / SDE room."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.core.stochastic.possible import why_no_churn, why_no_stop
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls
from flowlab.ui.stochastic.exact_controls import ExactControls
from flowlab.ui.stochastic.round_trip_controls import RoundTripControls, StripControls


class ProcessesControls(ExactControls):
    """Controls for the noise, for both solvers, and for what is drawn."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.column.addWidget(heading("SDE"))
        self.add_form("stochastic", "eps", "eps_shape", "method", "steps", "naive")
        self.stop = self.add_form("stochastic", "stop")
        self.column.addWidget(heading("ODE"))
        self.add_form("solver", "method", "steps")
        self.add_form("solver", "direction")
        self.churn = self.add_form("stochastic", "churn")
        self.column.addWidget(self.exact)
        self.add_form("view", "particles", "highlighted", "colour")
        self.add_more("processes")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why some cannot be chosen."""
        super().show_document(document)
        self.churn.forbid("churn", why_no_churn(document))
        self.stop.forbid("stop", why_no_stop(document))


CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "processes": ProcessesControls,
    "round_trip": RoundTripControls,
    "strip": StripControls,
}
