"""The story of the (t, x) view: one start, several samplers, one marginal."""

from __future__ import annotations

from flowlab.core.diffusion.results import denoising_of
from flowlab.core.diffusion.settings import DDPM, IADB, ODE, SDE, TEXT
from flowlab.ui.diffusion.denoising_story import DenoisingStory
from flowlab.ui.room.story import say, words

COLOURED = "Every particle has one colour, by where it started, whichever sampler carries it. "
JAGGED = "Paths with fresh noise are jagged, those of the ODE smooth; they part at once. "
SHARED = "The histograms beside don't: at every t they are to follow the density behind the paths."
WRONG = " The text's own step, dashed, doesn't keep to it."
BLENDS = " IADB's blends have marginals of their own, which meet the others at both ends only."
POINT = " Point at a path to see that particle alone."


class TimePlaneStory(DenoisingStory):
    """How the picture is read, above the meters."""

    def __init__(self) -> None:
        super().__init__()
        self.read = words()
        self.column.insertWidget(0, self.read)

    def renew(self) -> None:
        """Say how the processes that are shown are told apart, and measure them."""
        denoising = denoising_of(self.bundle)
        chosen = self.document.diffusion.processes
        kinds = chosen if denoising is None else tuple(pane.kind for pane in denoising.panes)
        noisy = any(kind in kinds for kind in (DDPM, SDE)) and ODE in kinds
        blends = IADB in kinds and len(kinds) > 1
        parts = (COLOURED, JAGGED * noisy, SHARED, WRONG * (TEXT in kinds), BLENDS * blends, POINT)
        say(self.read, "".join(parts))
        super().renew()
