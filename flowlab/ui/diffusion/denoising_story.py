"""The story of the samplers: one model behind all of them, and how far each is from its p_t."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from flowlab.core.diffusion.results import TWIN, Denoising, Pane, denoising_of, twin_of
from flowlab.core.diffusion.settings import IADB, NOT_A_SAMPLER, PROCESSES, TEXT
from flowlab.core.document.document import Document
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle
from flowlab.scene.diffusion.denoising import apart_words
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.captions import MUCH
from flowlab.ui.diffusion.level_figures import START, LevelFigures
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

ONE_MODEL = (
    "A noisy point is x = a x₁ + b x₀, of data x₁ and noise x₀. The network's velocity says which "
    "noise it expects in x, at every level: ε = E[x₀ | x]. The denoised point is then (x − b ε)/a, "
    "and the score −ε/b where the noise is N(0, I). All samplers read this one model, and differ "
    "only in how far they step and in how much fresh noise they add."
)
DISTANCE = (
    "Sliced W₂ of the first particles at this t to as many samples of noised data at the same "
    "level: of all of them at rest, of 1,000 while t moves"
)
FRESH = "The same distance between two fresh sets of noised data"
MOVING, REST_MS = 1000, 250  # particles that are measured while t moves, and until it rests
TITLES = {**PROCESSES, TWIN: "IADB and DDIM"}
METER = {
    **{kind: (title, DISTANCE) for kind, title in TITLES.items()},
    "fresh": ("fresh noised data", FRESH),
    "blends": ("fresh blends", FRESH + ", which IADB's are: (1 − t) x₀ + t x₁"),
}
SAME = (
    "On the levels a = t, b = 1 − t of IADB, DDIM's step with η = 0 is Euler's step of IADB: "
    "a′ E[x₁ | x] + b′ E[x₀ | x] = x + (a′ − a)(E[x₁ | x] − E[x₀ | x]). Both are in the picture, "
    "{}."
)


class DenoisingStory(TrainedStory):
    """What the samplers share, the meters of their marginals, and the training."""

    def __init__(self) -> None:
        super().__init__()
        self.model, self.verdict, self.same = words(), words(), words()
        self.why, self.start = words("warn"), words("warn")
        self.level, self.meters = LevelFigures(), Figures(METER)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.measure)
        for widget in (
            heading("Noise level now"),
            self.level,
            self.start,
            heading("Distance to pₜ now"),
            self.meters,
            self.verdict,
            self.same,
            self.why,
            heading("One model"),
            self.model,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        say(self.model, ONE_MODEL)
        for empty in (self.verdict, self.same, self.why, self.start):
            say(empty, "")

    def show_bundle(self, bundle: Bundle) -> None:
        """Say what doesn't depend on t, and measure the pictures at t."""
        if bundle is not self.bundle:
            self._tell(denoising_of(bundle))
        super().show_bundle(bundle)

    def _tell(self, denoising: Denoising | None) -> None:
        schedule = None if denoising is None else denoising.schedule
        left = 0.0 if schedule is None else schedule.left
        say(self.start, START.format(left) if left > MUCH else "")
        say(self.why, NOT_A_SAMPLER if denoising is not None and denoising.has(TEXT) else "")
        panes = () if denoising is None else denoising.panes
        twins = [twin_of(pane.bundle) for pane in panes if pane.kind == TWIN]
        say(
            self.same,
            SAME.format(apart_words(twins[0].apart)) if twins and twins[0] is not None else "",
        )

    def renew(self) -> None:
        """Measure every picture at t by a few particles, and by all of them once t rests."""
        denoising = denoising_of(self.bundle)
        self.level.show_level(None if denoising is None else denoising.schedule, self.t)
        self.measure(MOVING)
        self._rest.start()

    def measure(self, most: int | None = None) -> None:
        """Measure the first particles of every picture, as many as are known or `most`."""
        denoising = denoising_of(self.bundle)
        panes = () if denoising is None else denoising.panes
        values, off, count = measured(panes, self.t, most)
        self.meters.show_rows(*_rows(self.document, panes))
        known = {kind: figure(value) for kind, value in values.items()}
        self.meters.show_values(**{**dict.fromkeys(METER, NONE), **known})
        say(self.verdict, verdict(values, off, count))


def _rows(document: Document, panes: Sequence[Pane]) -> list[str]:
    """The samplers that are shown, or are to be, and the floors that they have."""
    kinds = [pane.kind for pane in panes] or list(document.diffusion.processes)
    blends = [kind in (IADB, TWIN) for kind in kinds]
    return [*kinds, *["fresh"] * (not all(blends)), *["blends"] * any(blends)]


def _blends(pane: Pane) -> bool:
    return pane.kind in (IADB, TWIN)


def measured(
    panes: Sequence[Pane], t: float, most: int | None = None
) -> tuple[dict[str, Estimate | None], list[str], int]:
    """Each picture's distance to its own p_t and the floors, which are off, and of how many."""
    values: dict[str, Estimate | None] = {}
    off: list[str] = []
    count = 0
    for floor, blends in (("fresh", False), ("blends", True)):
        group = [pane for pane in panes if _blends(pane) == blends]
        marginals = group[0].marginals if group else None
        if marginals is None:
            continue
        meter = marginals.meter([pane.bundle.at(t) for pane in group], t, most)
        found = dict(zip((pane.kind for pane in group), meter.values, strict=True))
        values |= found
        if any(value is not None for value in found.values()):
            values[floor], count = meter.floor, meter.count
        off += [k for k, value in found.items() if value is not None and meter.is_off(value)]
    return values, off, count


def verdict(values: dict[str, Estimate | None], off: list[str], count: int) -> str:
    """Which samplers have the marginal as far as this many samples can tell."""
    if off:
        names = ", ".join(TITLES[kind] for kind in off)
        return (
            f"As far as {count:,} particles tell, not as good as samples of noised data: {names}."
        )
    known = any(value is not None for value in values.values())
    return f"As far as {count:,} particles tell, all are {AS_GOOD} of pₜ." if known else ""
