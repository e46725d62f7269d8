"""The story of curl and divergence: which curl is error, how large both are, and at the cursor."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.stochastic.derivative_results import (
    DIFFERENCE,
    EXACT,
    LEARNED,
    Derivatives,
    derivatives_of,
)
from flowlab.core.stochastic.settings import DERIVATIVES
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import Place, Story, say, words

MEANING = (
    "div b = ∂b₁/∂x₁ + ∂b₂/∂x₂ is how fast the flow thins out: d log p/dt = −div b along a path. "
    "curl b = ∂b₂/∂x₁ − ∂b₁/∂x₂ is twice the rate at which it turns."
)
OVER = "Root mean square over samples of pₜ, with its standard error"
RMS = {
    f"{which}_{quantity}": (f"{name} {quantity}", OVER)
    for quantity in DERIVATIVES
    for which, name in ((LEARNED, "learned"), (EXACT, "exact"), (DIFFERENCE, "difference in"))
}
CELL = {
    LEARNED: ("learned", "In the cell under the cursor"),
    EXACT: ("exact", "In the cell under the cursor"),
    DIFFERENCE: ("difference", "In the cell under the cursor"),
}
HINT = "Point at a map: the values of its cell are told here."


class DivergenceStory(Story):
    """What both are, whether curl is error here, their sizes at t, and the values at the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.rms, self.cell = Figures(RMS), Figures(CELL)
        self.free, self.when, self.note, self.hint = (
            words(),
            words("dim"),
            words("dim"),
            words("dim"),
        )
        self.place: Place | None = None
        meaning = words()
        say(meaning, MEANING)
        say(self.hint, HINT)
        for widget in (
            heading("Curl and divergence"),
            meaning,
            heading("Is curl an error here?"),
            self.free,
            heading("Root mean square"),
            self.rms,
            self.when,
            heading("Under the cursor"),
            self.cell,
            self.hint,
            self.note,
        ):
            self.column.addWidget(widget)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.renew()

    def renew(self) -> None:
        """Show the figures of the computed time nearest to t."""
        known = derivatives_of(self.bundle)
        say(self.free, "" if known is None else known.curl_note)
        say(self.note, "" if known is None else known.note)
        say(self.when, "" if known is None else when_words(known, self.t))
        self.rms.show_values(**dict.fromkeys(RMS, NONE) | rms_words(known, self.t))
        self.show_place(self.place)

    def show_place(self, place: Place | None) -> None:
        """Show the cell under the cursor; without a cursor, the last cell stays."""
        self.place = place or self.place
        known, quantity = derivatives_of(self.bundle), self.document.stochastic.derivative
        found = {}
        if known is not None and self.place is not None:
            found = known.at(quantity, self.t, *self.place)
        say(self.hint, "" if found else HINT)
        told = {which: f"{value:+.3g}".replace("-", "−", 1) for which, value in found.items()}
        self.cell.show_values(**dict.fromkeys(CELL, NONE) | told)


def when_words(known: Derivatives, t: float) -> str:
    """Of which time the figures are, and of how many samples."""
    nearest = float(known.times[known.nearest(t)])
    return (
        f"At t = {nearest:.3f}, the nearest of {len(known.times)} computed times, over "
        f"{known.samples:,} samples of pₜ."
    )


def rms_words(known: Derivatives | None, t: float) -> dict[str, str]:
    """The root mean squares at the computed time nearest to t, in words."""
    if known is None:
        return {}
    k = known.nearest(t)
    return {f"{which}_{q}": figure(values[k]) for (which, q), values in known.rms.items()}
