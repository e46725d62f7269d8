"""The story of the forward process and the reverse one, and how near both are at every t."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.reflected.results import BothWays, both_ways_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.reflected.wall_kind import OWN_SHARES, wall_kind
from flowlab.ui.room.figures import FRESH, NONE, Figures, figure
from flowlab.ui.room.story import Story, say, words

READ = (
    "Forward, at the left: noise carries the data, at t = 1, to {left}, at t = 0, by "
    "dX = g dB + dL; play backwards (R) to see it run that way. Reverse, at the right: uniform "
    "particles are carried to the data by the score s of pₜ, dX = s dσ² + √dσ² + dL as σ² falls. "
    "No particle goes back on the way it came, but at every t both clouds have the same "
    "distribution pₜ, if the score is right and the steps are short."
)
_APART = (
    "Sliced Wasserstein-2 distance of both clouds at the nearest of a few moments, with its "
    "standard error"
)
FIGURES = {
    "t": ("at t =", "The nearest of the moments at which both are compared"),
    "apart": ("reverse to forward", _APART),
    "floor": (FRESH, "The same of two forward processes with data and noise of their own"),
    "ratio": ("over the floor", "The first divided by the second: 1 if both have the same pₜ"),
}


class BothWaysStory(Story):
    """Which process runs which way, and how far both are apart near t."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.figures = words(), Figures(FIGURES)
        self.show_document(self.document)
        for widget in (
            heading("Noise and back"),
            self.read,
            heading("Both at the same t"),
            self.figures,
        ):
            self.column.addWidget(widget)

    def show_document(self, document: Document) -> None:
        """Say how the processes run between the walls there are."""
        super().show_document(document)
        several = wall_kind(document.reflected).rooms > 1
        left = "what is uniform in each room" if several else "the uniform law"
        say(self.read, READ.format(left=left) + OWN_SHARES * several)

    def renew(self) -> None:
        """Show the distances near t."""
        self.figures.show_values(**figures_at(both_ways_of(self.bundle), self.t))


def figures_at(both: BothWays | None, t: float) -> dict[str, str]:
    """The figures of `FIGURES` at the moment nearest to t, in words."""
    moment = None if both is None else both.near(t)
    if moment is None:
        return dict.fromkeys(FIGURES, NONE)
    return {
        "t": f"{moment.t:.2f}",
        "apart": figure(moment.apart),
        "floor": figure(moment.floor),
        "ratio": f"{moment.apart / moment.floor:.2f}",
    }
