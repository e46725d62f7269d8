"""The story of the (t, x) view: paths of different processes, and the one density they share."""

from __future__ import annotations

from flowlab.ui.room.story import say, words
from flowlab.ui.stochastic.processes_story import ProcessesStory

READ = (
    "Every particle has one colour, by where it started: its ODE path is smooth, its SDE path "
    "jagged, and they part at once. The marginals beside don't: at every t both histograms follow "
    "the density of the exact pₜ. Point at a path to see that particle's paths alone."
)
WRONG = "Noise without the score, dashed, has other marginals."


class TimePlaneStory(ProcessesStory):
    """How the picture is read, above what the processes share and their meters."""

    def __init__(self) -> None:
        super().__init__()
        self.read = words()
        self.column.insertWidget(0, self.read)

    def renew(self) -> None:
        """Say how the processes that are shown are told apart, and measure them."""
        naive = self.document.stochastic.naive
        say(self.read, f"{READ} {WRONG}" if naive else READ)
        super().renew()
