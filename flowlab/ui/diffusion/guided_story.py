"""The story of guidance: what it does to samples, and that it doesn't sample the tilted law."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from flowlab.core.diffusion.guidance_words import NOT_THE_TILTED_LAW, SCALES
from flowlab.core.diffusion.guided_results import GUIDED, TILTED, GuidedRun, guided_run_of
from flowlab.core.estimates import Estimate
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.denoising_story import MOVING, REST_MS
from flowlab.ui.diffusion.level_figures import LevelFigures
from flowlab.ui.room.figures import AS_GOOD, NONE, Figures, figure
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

READ = (
    "The score of the class y, γ times, less (γ − 1) times that of all classes: this leads away "
    "from where the other classes are, too. By a classifier of noisy points, s(x) + γ ∇ log "
    "p(y | xₜ), it is the same where both are exact. "
)
_PURITY = "Share of particles at t = 1 whose most likely class, by the exact classifier, is y"
_SPREAD = "Root mean square distance of the particles at t = 1 from their mean"
_DISTANCE = (
    "Sliced W₂ of the first guided particles at this t to as many samples of the tilted law with "
    "the noise of this level: of all of them at rest, of 1,000 while t moves"
)
ENDS = {
    "purity": ("purity", _PURITY),
    "tilted_purity": ("purity, tilted law", _PURITY),
    "spread": ("spread", _SPREAD),
    "tilted_spread": ("spread, tilted law", _SPREAD),
}
METER = {
    "guided": ("guided samples", _DISTANCE),
    "fresh": ("fresh samples", "The same distance between two fresh sets of the tilted law"),
}


class GuidedStory(TrainedStory):
    """Purity, spread, and the distance to the tilted law."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.verdict, self.scales = words(), words(), words("dim")
        self.why = words("dim")
        self.level, self.ends, self.meters = LevelFigures(), Figures(ENDS), Figures(METER)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.measure)
        for widget in (
            heading("Distance to the tilted law now"),
            self.meters,
            self.verdict,
            heading("At the data"),
            self.ends,
            self.why,
            heading("Guidance"),
            self.read,
            self.scales,
            heading("Noise level now"),
            self.level,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        say(self.read, READ + NOT_THE_TILTED_LAW)
        say(self.scales, SCALES)
        say(self.verdict, "")
        say(self.why, "")

    def renew(self) -> None:
        """Measure at t by a few particles, and by all of them once t rests."""
        run = guided_run_of(self.bundle)
        self.level.show_level(None if run is None else run.schedule, self.t)
        self.ends.show_values(**{**dict.fromkeys(ENDS, NONE), **end_words(run)})
        say(self.why, "" if run is None else run.why_no_figures)
        self.measure(MOVING)
        self._rest.start()

    def measure(self, most: int | None = None) -> None:
        """Measure the first guided particles, as many as are known or `most`."""
        values, sentence = measured(guided_run_of(self.bundle), self.t, most)
        known = {name: figure(value) for name, value in values.items()}
        self.meters.show_values(**{**dict.fromkeys(METER, NONE), **known})
        say(self.verdict, sentence)


def end_words(run: GuidedRun | None) -> dict[str, str]:
    """Purity and spread of the guided particles and of the tilted law, those that are known."""
    said: dict[str, str] = {}
    for kind, prefix in ((GUIDED, ""), (TILTED, "tilted_")):
        known = None if run is None else dict(run.figures).get(kind)
        if known is not None:
            said[f"{prefix}purity"] = figure(known.purity)
            said[f"{prefix}spread"] = figure(known.spread)
    return said


def measured(
    run: GuidedRun | None, t: float, most: int | None = None
) -> tuple[dict[str, Estimate | None], str]:
    """The distance to the tilted law at t, its floor, and a sentence on both."""
    pane = None if run is None else run.pane(GUIDED)
    if pane is None or pane.marginals is None:
        return {}, ""
    meter = pane.marginals.meter([pane.bundle.at(t)], t, most)
    (value,) = meter.values
    if value is None:
        return {}, ""
    off = f"not {AS_GOOD}" if meter.is_off(value) else AS_GOOD
    sentence = f"As far as {meter.count:,} particles tell, they are {off} of the tilted law."
    return {"guided": value, "fresh": meter.floor}, sentence
