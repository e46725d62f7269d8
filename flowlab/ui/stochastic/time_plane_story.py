"""The story of the (t, x) view: paths of different processes, and the one density they share."""

from __future__ import annotations

from flowlab.core.stochastic.results import NAIVE, SDE, processes_of
from flowlab.core.stochastic.time_plane_result import time_plane_of
from flowlab.ui.room.story import say, words
from flowlab.ui.stochastic.processes_story import ProcessesStory

COLOURED = "Every particle has one colour, by where it started"
PART = ": its ODE path is smooth, its SDE path jagged, and they part at once. "
SHARED = (
    "The marginals beside don't: at every t both histograms follow the density of the exact pₜ."
)
UNKNOWN = "The marginals beside don't: at every t both histograms are of the same pₜ."
STILL = ". Without noise the SDE is the ODE: its paths differ only by the errors of their steps."
ALONE = ", and its ODE path is smooth. Beside is the histogram of all particles at this t."
POINT = "Point at a path to see that particle alone."
WRONG = "Noise without the score, dashed, has other marginals."


class TimePlaneStory(ProcessesStory):
    """How the picture is read, above what the processes share and their meters."""

    def __init__(self) -> None:
        super().__init__()
        self.read = words()
        self.column.insertWidget(0, self.read)

    def renew(self) -> None:
        """Say how the processes that are shown are told apart, and measure them."""
        say(self.read, self._reading())
        super().renew()

    def _reading(self) -> str:
        """What the picture shows: of the document, until it is known which processes there are."""
        processes, settings = processes_of(self.bundle), self.document.stochastic
        naive = settings.naive if processes is None else processes.has(NAIVE)
        wrong = f" {WRONG}" if naive and settings.noisy else ""
        if processes is not None and not processes.has(SDE):
            return f"{COLOURED}{ALONE} {POINT}{wrong}"
        if not settings.noisy:
            return f"{COLOURED}{STILL} {POINT}"
        known = time_plane_of(self.bundle)
        shared = UNKNOWN if known is not None and known.density is None else SHARED
        return f"{COLOURED}{PART}{shared} {POINT}{wrong}"
