"""The panels of the ODE / SDE room."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.stochastic.views import ROOM
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story import Story
from flowlab.ui.room.views_panels import ViewsPanels
from flowlab.ui.stochastic import curve_handles, level_place
from flowlab.ui.stochastic.captions import caption
from flowlab.ui.stochastic.controls import CONTROLS
from flowlab.ui.stochastic.curve_handles import CurveHandles
from flowlab.ui.stochastic.curve_story import CurveStory
from flowlab.ui.stochastic.divergence_story import DivergenceStory
from flowlab.ui.stochastic.level_place import LevelPlace
from flowlab.ui.stochastic.likelihood_story import LikelihoodStory
from flowlab.ui.stochastic.processes_story import ProcessesStory
from flowlab.ui.stochastic.race_story import RaceStory
from flowlab.ui.stochastic.round_trip_story import RoundTripStory
from flowlab.ui.stochastic.strip_story import StripStory
from flowlab.ui.stochastic.time_plane_story import TimePlaneStory

STORIES: dict[str, type[Story]] = {
    "processes": ProcessesStory,
    "time_plane": TimePlaneStory,
    "round_trip": RoundTripStory,
    "strip": StripStory,
    "race": RaceStory,
    "likelihood": LikelihoodStory,
    "divergence": DivergenceStory,
    "characteristics": CurveStory,
}
KEY_ROWS = {"Curves": curve_handles.KEY_ROWS, "Plots": level_place.KEY_ROWS}


class StochasticPanels(ViewsPanels):
    """Left the settings of the processes, right how far each is from the exact p_t."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, ROOM, CONTROLS, STORIES)
        self.handles = CurveHandles(host.canvas, host.store)
        self.level = LevelPlace(host.store)
        self.right.column.insertWidget(1, self.level)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.level.show_document(document)

    def show_t(self, t: float) -> None:
        """Show this t."""
        super().show_t(t)
        self.level.show_t(t)

    def engine_ready(self) -> None:
        """Create the widgets that need the engine and slow imports."""
        super().engine_ready()
        self.level.ready()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        self.level.set_theme(theme)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        return caption(document, bundle)


def make(host: Host) -> StochasticPanels:
    """Create the room's panels."""
    return StochasticPanels(host)
