"""The story of the processes: what keeps the marginals, and how far each picture is from p_t."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer

from flowlab.core.stochastic.joined_ends import PAIRS, bridge_words, joined_ends
from flowlab.core.stochastic.modes import mode_radius
from flowlab.core.stochastic.results import CHURN, NAIVE, ODE, SDE, TITLES, Processes, processes_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.marginals import Meter
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import (
    AS_GOOD,
    NONE,
    Figures,
    figure,
)
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

if TYPE_CHECKING:
    pass

FAMILY = (
    "With the score s = ∇ log pₜ, all of these have the same pₜ at every t, whatever ε: "
    "dX = (b + ε s) dt + √(2ε) dW. The noise spreads the cloud, and the score term gathers it "
    "again by as much. At ε = 0 it is the ODE dX = b dt."
)
BACK = (
    "Backwards in time the drift is b − ε s, with the same noise. The ODE comes back to where it "
    "began; the SDE comes back to the same distribution, but not to the same points."
)
BACK_STILL = (
    "Backwards in time the drift is b − ε s. At ε = 0 both are the ODE, which comes back to where "
    "it began."
)
DISTANCE = (
    "Sliced W₂ of the first particles at this t to as many samples of the exact pₜ: of all of them "
    "at rest, of 1,000 while t moves"
)
MOVING, REST_MS = 1000, 250  # particles that are measured while t moves, and until it rests
METER = {
    ODE: (TITLES[ODE], DISTANCE),
    CHURN: (TITLES[CHURN], DISTANCE),
    SDE: (TITLES[SDE], DISTANCE),
    NAIVE: ("noise, no score", DISTANCE),
    "fresh": ("fresh samples of pₜ", "The same distance between two fresh sets of samples of pₜ"),
}
RADIUS = (
    "At the end: the mean over the target's modes of |mean of the particles nearest to it|, from "
    "the modes' middle"
)
RADII = {
    ODE: (TITLES[ODE], RADIUS),
    SDE: (TITLES[SDE], RADIUS),
    "modes": ("the target's", "The same of the means themselves"),
}
COVARIANCE = (
    "Covariance of where a particle starts with where it ends, the mean of both axes: which points "
    "are joined. The same marginals at every t leave it open"
)
JOINED = {
    ODE: (TITLES[ODE], COVARIANCE),
    SDE: (TITLES[SDE], COVARIANCE),
    PAIRS: ("the coupling's pairs", "The same of the pairs that are trained on"),
}
NAMES = {
    ODE: "the ODE",
    CHURN: "the ODE with churn",
    SDE: "the SDE",
    NAIVE: "noise without the score",
}


class ProcessesStory(TrainedStory):
    """What the processes share, the meters of their marginals, and the training."""

    def __init__(self) -> None:
        super().__init__()
        self.family, self.verdict = words(), words()
        self.meters = Figures(METER)
        self.radius, self.radii = heading("Radius of the modes"), Figures(RADII)
        self.plan, self.joined = heading("Cov(x₀, x₁)"), Figures(JOINED)
        self.bridge = words()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.measure)
        say(self.family, FAMILY)
        for widget in (
            heading("The same pₜ"),
            self.family,
            heading("Distance to pₜ now"),
            self.meters,
            self.verdict,
            self.radius,
            self.radii,
            self.plan,
            self.joined,
            self.bridge,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        for widget in (self.plan, self.joined, self.bridge):
            widget.hide()

    def show_bundle(self, bundle: Bundle) -> None:
        """Measure the modes, which don't depend on t, and then the pictures at t."""
        if bundle is not self.bundle:
            self._show_radii(processes_of(bundle))
            self._show_joined(processes_of(bundle))
        super().show_bundle(bundle)

    def _show_radii(self, processes: Processes | None) -> None:
        known = {} if processes is None else radii_of(processes)
        for widget in (self.radius, self.radii):
            widget.setVisible(bool(known))
        self.radii.show_values(**{**dict.fromkeys(RADII, NONE), **known})

    def _show_joined(self, processes: Processes | None) -> None:
        known = {} if processes is None else joined_ends(self.document, processes)
        for widget in (self.plan, self.joined):
            widget.setVisible(bool(known))
        values = {kind: figure(value) for kind, value in known.items()}
        self.joined.show_values(**{**dict.fromkeys(JOINED, NONE), **values})
        say(self.bridge, bridge_words(self.document) if known else "")

    def renew(self) -> None:
        """Measure every picture at t by a few particles, and by all of them once t rests."""
        processes = processes_of(self.bundle)
        refused = "" if processes is None else dict(processes.refused).get(SDE, "")
        reverse = self.document.solver.direction == "reverse"
        back = BACK if self.document.stochastic.noisy else BACK_STILL
        say(self.family, refused or (back if reverse else FAMILY))
        self.measure(MOVING)
        self._rest.start()

    def measure(self, most: int | None = None) -> None:
        """Measure the first particles of every picture, as many as are known or `most`."""
        processes = processes_of(self.bundle)
        if processes is not None:
            self.meters.show_rows(*(pane.kind for pane in processes.panes), "fresh")
        if processes is None or processes.marginals is None:
            self.meters.show_values(**dict.fromkeys(METER, NONE))
            say(self.verdict, "")
            return
        clouds = [pane.bundle.at(self.t) for pane in processes.panes]
        meter = processes.marginals.meter(clouds, self.t, most)
        kinds = [pane.kind for pane in processes.panes]
        self.meters.show_values(**meter_words(kinds, meter))
        say(self.verdict, verdict(kinds, meter))


def radii_of(processes: Processes) -> dict[str, str]:
    """The radii of the modes in words, by process; empty if the target has none, or in reverse."""
    modes, ode = processes.modes, processes.panes[0].bundle
    if modes is None or processes.marginals is None or ode.direction == "reverse":
        return {}
    ends = {pane.kind: pane.bundle.at(1.0) for pane in processes.panes if pane.kind in RADII}
    own = float(np.hypot(*(modes - modes.mean(0)).T).mean())
    return {"modes": figure(own), **{k: figure(mode_radius(x, modes)) for k, x in ends.items()}}


def meter_words(kinds: list[str], meter: Meter) -> dict[str, str]:
    """The distances in words, by process; a dash for what isn't shown, known or compared with."""
    known = dict(zip(kinds, map(figure, meter.values), strict=True))
    fresh = figure(meter.floor) if any(v is not None for v in meter.values) else NONE
    return {**dict.fromkeys(METER, NONE), **known, "fresh": fresh}


def verdict(kinds: list[str], meter: Meter) -> str:
    """Which processes have the marginal p_t as far as this many samples can tell."""
    known = {k: v for k, v in zip(kinds, meter.values, strict=True) if v is not None}
    off = [NAMES[k] for k, v in known.items() if meter.is_off(v)]
    if off:
        return f"As far as {meter.count:,} particles tell, not pₜ: {', '.join(off)}."
    return f"As far as {meter.count:,} particles tell, all are {AS_GOOD} of pₜ." if known else ""
