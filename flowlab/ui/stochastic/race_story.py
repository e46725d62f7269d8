"""The story of the race: distance against budget, and error against the length of the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.estimates import to_error
from flowlab.core.stochastic.race.results import EVALUATIONS, LANES, Order, race_of
from flowlab.core.stochastic.settings import MEASURES, SDE_METHODS
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.scene.stochastic.race import INKS
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import (
    NONE,
    TRAINING,
    Figures,
    figure,
    training_notes,
    training_words,
)
from flowlab.ui.room.loss_place import LossPlace
from flowlab.ui.room.story import Story, say, words
from flowlab.ui.stochastic.race_history import History
from flowlab.ui.stochastic.race_rows import LaneRows

if TYPE_CHECKING:
    from flowlab.work.status import Status

HEIGHT = 130  # px of a chart
DISTANCE = (
    "Sliced W₂ of a lane's particles, where they end, to four fresh sets of exact samples of as "
    "many points; its standard error is that of both clouds. All lanes have the same starts, so "
    "that their differences are surer than these errors"
)
CHART = (
    "The distance against what each lane spent, for all budgets looked at with this velocity; "
    "below the distance of fresh samples to each other nothing can be told"
)
FRESH = {"fresh": ("fresh samples", "The same distance between two fresh sets")}
ERRORS = (
    "The error against the length h of a step, and its slope: the order of convergence. The same "
    "500 starts, and for the SDE the same noise; RK4 and stochastic Heun with fine steps stand for "
    "the exact paths. Dormand–Prince chooses its steps, so it has no slope"
)
UNSURE = "A dash: too few of these errors differ from chance and rounding to be fitted."
COMING, RESTING = "Errors are on their way", "Errors are computed when training pauses"
ESTIMATED = (
    "Milliseconds are estimated: short runs on this machine, on one thread, timed once for each "
    "lane and for this number of particles."
)
SAYS = {
    "rms": (
        "Where the target has several modes, the SDE's rms slope tends to ½ as steps get small: a "
        "share of order h of the particles ends in another mode than with fine steps, far away. "
        "At larger steps the slope lies higher. That of the mean absolute error tends to 1."
    ),
    "mean": "The noise doesn't depend on x, so that Euler–Maruyama has strong order 1, not ½.",
    "weak": (
        "What a mean over the particles is off by. Stochastic Heun's noise has the variance "
        "∫ 2ε dt over each step, and weak order 2."
    ),
}


class RaceStory(Story):
    """Two charts with a row for each lane below, and the training."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()
        self.distances = Chart("", "evaluations", log_x=True, log_y=True, tip=CHART, legend=False,
                               height=HEIGHT)  # fmt: skip
        self.errors = Chart("", "h", log_x=True, log_y=True, tip=ERRORS, legend=False,
                            height=HEIGHT)  # fmt: skip
        self.figures = LaneRows(tuple(LANES), "Sliced W₂", DISTANCE)
        self.slopes = LaneRows(tuple(EVALUATIONS), "Slope", f"{ERRORS}\n{UNSURE}")
        self.fresh, self.training = Figures(FRESH), Figures(TRAINING)
        self.note, self.what, self.says = words("dim"), words(), words()
        self.loss, self._waiting = LossPlace(), COMING
        self.distances.setAccessibleName("Sliced W₂ against the budget")
        self.errors.setAccessibleName("Error against the length of a step")
        for widget in (
            heading("Distance at the end"),
            self.distances,
            self.figures,
            self.fresh,
            self.note,
            heading("Error against step"),
            self.what,
            self.errors,
            self.slopes,
            self.says,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)

    def show_document(self, document: Document) -> None:
        """Show the document's choice of error."""
        super().show_document(document)
        self._show_errors()

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a race."""
        self.bundle = bundle
        self._show_distances()
        self._show_errors()

    def _show_distances(self) -> None:
        race = race_of(self.bundle)
        if race is None or self.bundle is None:
            self.figures.show_values({})
            self.fresh.show_values(fresh=NONE)
            self.distances.show_curves()
            say(self.note, "")
            return
        self.figures.show_rows({lane.method for lane in race.lanes})
        timed = race.lanes[0].cost is not None
        self.history.take(self.document, self.bundle, race)
        self.distances.set_across("ms, estimated" if timed else "evaluations")
        self.distances.show_curves(*self.history.curves(race))
        settings = self.document.stochastic
        self.distances.mark(settings.race_milliseconds if timed else settings.race_evaluations)
        self.distances.setAccessibleDescription(self.distances.words())
        self.figures.show_values({lane.method: figure(lane.distance) for lane in race.lanes})
        self.fresh.show_values(fresh=figure(race.floor))
        say(self.note, " ".join(filter(None, (ESTIMATED if timed else "", race.why_no_sde))))

    def _show_errors(self) -> None:
        measure, race = self.document.stochastic.race_measure, race_of(self.bundle)
        orders = () if race is None else race.orders
        say(self.what, f"{MEASURES[measure]}, with its slope")
        say(self.says, SAYS[measure])
        self.errors.invite(self._waiting)
        self.errors.show_curves(*(curve_of(order, measure) for order in orders))
        self.errors.setAccessibleDescription(self.errors.words())
        self.slopes.show_values({order.method: slope_of(order, measure) for order in orders})

    def show_status(self, status: Status) -> None:
        """Show the present loss and number of steps."""
        waiting = RESTING if status.state == "training" else COMING
        if waiting != self._waiting:
            self._waiting = waiting
            self.errors.invite(waiting)
        self.loss.show_status(status)
        self.training.show_values(**training_words(status, self.loss.drawn))
        self.training.explain(**training_notes(status, self.loss.drawn))

    def engine_ready(self) -> None:
        """Add the loss plot; pyqtgraph has been imported by now."""
        self.loss.ready()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        for widget in (self.distances, self.errors, self.figures, self.slopes, self.loss):
            widget.set_theme(theme)


def slope_of(order: Order, measure: str) -> str:
    """The slope of an error in words; a dash where it can't be told."""
    slope = order.slopes[measure]
    return NONE if slope is None else to_error(slope, slope.error)


def curve_of(order: Order, measure: str) -> Curve:
    """The errors of a solver, with whiskers."""
    method, values = order.method, order.values[measure]
    return Curve(
        LANES[method],
        order.h,
        np.where(values > 0, values, np.nan),
        INKS[method],
        errors=order.errors[measure],
        width=1.5,
        dashed=method in SDE_METHODS,
        marked=True,
    )
