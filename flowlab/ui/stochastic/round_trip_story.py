"""The story of the round trips: what comes back to where it began, and what only to its law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.core.stochastic.results import ODE, SDE, TITLES
from flowlab.core.stochastic.trip_results import RoundTrips, trip_of, trips_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import (
    NONE,
    Figures,
    figure,
)
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

if TYPE_CHECKING:
    pass

WHY = (
    "The ODE's way back is its way there, apart from the solver's error: one path passes through "
    "each point. The SDE never returns to its start, however small the steps, because the noise of "
    "the way back is independent of that of the way there; only the distribution returns."
)
WHY_STILL = (
    "Both ways back are the ways there, apart from the solver's error: one path passes through "
    "each point. Without noise the SDE is the ODE, so it returns too; with ε above 0 only the "
    "distribution would."
)
APART = (
    "Mean distance, over all particles, between where each is at this t and where it was on its "
    "way to the source, with its standard error"
)
RETURNED = "The same at t = 1: how far the particles return from where they started"
FRESH = "Mean distance between two independent points of the target: nothing is remembered"
NOW = {ODE: (TITLES[ODE], APART), SDE: (TITLES[SDE], APART)}
END = {
    ODE: (TITLES[ODE], RETURNED),
    SDE: (TITLES[SDE], RETURNED),
    "fresh": ("unrelated points", FRESH),
}


class RoundTripStory(TrainedStory):
    """Why only one of the two comes back, both errors, and the training."""

    def __init__(self) -> None:
        super().__init__()
        self.why, self.now, self.end = words(), Figures(NOW), Figures(END)
        say(self.why, WHY)
        for widget in (
            heading("There and back"),
            self.why,
            heading("Round-trip error"),
            self.end,
            heading("Apart now"),
            self.now,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)

    def show_document(self, document: Document) -> None:
        """Say whether the SDE has noise that keeps it from returning."""
        super().show_document(document)
        self._say_why(trips_of(self.bundle))

    def _say_why(self, trips: RoundTrips | None) -> None:
        refused = "" if trips is None else trips.refused
        say(self.why, refused or (WHY if self.document.stochastic.noisy else WHY_STILL))

    def show_bundle(self, bundle: Bundle) -> None:
        """Measure the ends, which don't depend on t, and then both ways at t."""
        if bundle is not self.bundle:
            trips = trips_of(bundle)
            self._say_why(trips)
            known = {} if trips is None else {**errors_at(trips, 1.0), "fresh": figure(trips.fresh)}
            self.end.show_values(**{**dict.fromkeys(END, NONE), **known})
        super().show_bundle(bundle)

    def renew(self) -> None:
        """Measure both ways at t."""
        trips = trips_of(self.bundle)
        known = {} if trips is None else errors_at(trips, self.t)
        self.now.show_values(**{**dict.fromkeys(NOW, NONE), **known})


def errors_at(trips: RoundTrips, t: float) -> dict[str, str]:
    """The mean distances at t in words, by process."""
    ways = {trip.kind: trip.error(way, t) for way in trips.ways if (trip := trip_of(way))}
    return {kind: figure(error) for kind, error in ways.items()}
