"""The story of sampling between walls: what every process shares, and how near each comes."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.estimates import Estimate
from flowlab.core.reflected.results import Sampled, Sampling, sampling_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.reflected.wall_kind import OWN_SHARES, wall_kind
from flowlab.ui.room.figures import FRESH, NONE, Figures, figure
from flowlab.ui.room.story import Story, say, words

READ = (
    "Particles begin everywhere alike and are carried to the data by the score s of pₜ "
    "between the walls. With σ² falling, dX = ½ (1 + ḡ²/g²) s dσ² + (ḡ/g) √dσ² + dL has the same "
    "marginals for every ḡ: at ḡ = g it is the reverse SDE, at ḡ = 0 the probability-flow ODE. "
    "That needs no walls, because s has no component normal to them."
)
W2 = (
    "Sliced Wasserstein-2 distance of the particles at t = 1 to fresh samples of the target "
    "between the walls, with its standard error"
)
ENERGY = "Energy distance of the same two sets"
_FRESH = "The same of other fresh samples: what remains if the sampler is perfect"
KINDS = {"sde": "reverse SDE", "annealed": "annealed", "flow": "flow ODE"}
DISTANCES = {**{kind: (title, W2) for kind, title in KINDS.items()}, "fresh": (FRESH, _FRESH)}
ENERGIES = {**{kind: (title, ENERGY) for kind, title in KINDS.items()}, "fresh": (FRESH, _FRESH)}


class SamplingStory(Story):
    """Why all of them reach the data, and how near each comes."""

    def __init__(self) -> None:
        super().__init__()
        self.read = words()
        self.w2, self.energy = Figures(DISTANCES), Figures(ENERGIES)
        self.show_document(self.document)
        for widget in (
            heading("Back to the data"),
            self.read,
            heading("Sliced W₂ at the end"),
            self.w2,
            heading("Energy distance at the end"),
            self.energy,
        ):
            self.column.addWidget(widget)

    def show_document(self, document: Document) -> None:
        """Say why all reach the data between the walls there are, or can't."""
        super().show_document(document)
        several = wall_kind(document.reflected).rooms > 1
        say(self.read, READ + OWN_SHARES * several)

    def renew(self) -> None:
        """Show the distances, which don't depend on t."""
        sampling = sampling_of(self.bundle)
        self.w2.show_values(**_values(sampling, "w2"))
        self.energy.show_values(**_values(sampling, "energy"))


def _values(sampling: Sampling | None, which: str) -> dict[str, str]:
    if sampling is None or sampling.fresh is None:
        return dict.fromkeys(DISTANCES, NONE)
    known: dict[str, Sampled | object] = {pane.kind: pane for pane in sampling.panes}
    known["fresh"] = sampling.fresh
    return {kind: _words(getattr(each, which)) for kind, each in known.items()}


def _words(value: Estimate | None) -> str:
    return NONE if value is None else figure(value)
