"""The controls of each view of the ODE / SDE room."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.core.stochastic.possible import why_no_churn, why_no_stop
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls
from flowlab.ui.stochastic.map_controls import DivergenceControls, LikelihoodControls
from flowlab.ui.stochastic.noise_controls import NoiseControls
from flowlab.ui.stochastic.race_controls import RaceControls
from flowlab.ui.stochastic.round_trip_controls import RoundTripControls, StripControls


class ProcessesControls(NoiseControls):
    """Controls for the noise, for both solvers, and for what is drawn."""

    view = "processes"
    drawn: tuple[str, ...] = ("particles", "highlighted", "colour")
    coloured: tuple[str, ...] = ("density_change",)

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_first()
        self.column.addWidget(heading("SDE"))
        self.add_form("stochastic", "eps", "eps_shape", "method", "steps", "naive")
        self.add_score()
        self.stop = self.add_form("stochastic", "stop")
        self.column.addWidget(heading("ODE"))
        self.add_form("solver", "method", "steps")
        self.add_form("solver", "direction")
        self.churn = self.add_form("stochastic", "churn")
        self.column.addWidget(self.exact)
        self.add_form("view", *self.drawn)
        self.add_form("stochastic", *self.coloured)
        self.add_more(self.view)
        self.show_document(document)

    def add_first(self) -> None:
        """Add what only this view has, above all others."""

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why some cannot be chosen."""
        super().show_document(document)
        self.churn.forbid("churn", why_no_churn(document))
        self.stop.forbid("stop", why_no_stop(document))


class TimePlaneControls(ProcessesControls):
    """The same, below the direction; paths have the colours of their starts."""

    view = "time_plane"
    drawn = ("particles", "highlighted")
    coloured = ()

    def add_first(self) -> None:
        """Add the direction."""
        self.add_form("stochastic", "angle")


def _characteristics(document: Document) -> Controls:
    from flowlab.ui.stochastic.curve_controls import CurveControls

    return CurveControls(document)


CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "processes": ProcessesControls,
    "time_plane": TimePlaneControls,
    "round_trip": RoundTripControls,
    "strip": StripControls,
    "race": RaceControls,
    "likelihood": LikelihoodControls,
    "divergence": DivergenceControls,
    "characteristics": _characteristics,
}
