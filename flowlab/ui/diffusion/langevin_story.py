"""The story of Langevin dynamics: what its steps reach, and the bias that they keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer

from flowlab.core.diffusion.langevin_results import PLAIN, WAYS, LangevinRuns, runs_of
from flowlab.core.estimates import Estimate, plain, to_error
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.denoising_story import MOVING, REST_MS
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

READ = (
    "Langevin dynamics knows only the score s, which points to where the density rises: a step is "
    "x + η s/2 + √η z with fresh noise z. Its law is in the end that of the data, but few points "
    "cross between separate modes, and only to neighbours at first. Without noise points climb to "
    "the peaks and stay there: all spread is lost. Annealed, the score begins as that of very "
    "noisy data, whose modes have merged, and σ falls step by step."
)
DISTANCE = (
    "Sliced W₂ of the first particles at this t to as many samples of the target: of all of them "
    "at rest, of 1,000 while t moves"
)
METER = {
    **{kind: (title.lower(), DISTANCE) for kind, title in WAYS.items()},
    "fresh": ("fresh samples", "The same distance between two fresh sets of the target"),
}
GAUSSIAN = {
    "target": ("of the target", "Variance of the target, both axes together"),
    "noised": ("with its noise σ", "The score's own: the target's plus σ² times the source's"),
    "stationary": (
        "kept by such steps",
        "In closed form v/(1 − η/(4v)) along each axis, with the exact score, once the start is "
        "forgotten",
    ),
    "measured": ("unadjusted, now", "Of the particles at this t, with its standard error"),
}
ONLY_GAUSSIAN = "The bias of the steps is known in closed form where the target is one Gaussian."
DIVERGES = "Such steps are too large for this target, η ≥ 4v along an axis: they diverge."


class LangevinStory(TrainedStory):
    """Distances to the target, and the variance that steps keep."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.verdict, self.bias = words(), words(), words("dim")
        self.meters, self.gaussian = Figures(METER), Figures(GAUSSIAN)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.measure)
        for widget in (
            heading("Distance to the target now"),
            self.meters,
            self.verdict,
            heading("Variance"),
            self.gaussian,
            self.bias,
            heading("Langevin dynamics"),
            self.read,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        say(self.read, READ)
        say(self.verdict, "")
        say(self.bias, "")

    def renew(self) -> None:
        """Measure every picture at t by a few particles, and by all of them once t rests."""
        self.measure(MOVING)
        self._rest.start()

    def measure(self, most: int | None = None) -> None:
        """Measure the first particles of every picture, as many as are known or `most`."""
        runs = runs_of(self.bundle)
        values, sentence = measured(runs, self.t, most)
        known = {kind: figure(value) for kind, value in values.items()}
        self.meters.show_values(**{**dict.fromkeys(METER, NONE), **known})
        say(self.verdict, sentence)
        self.gaussian.show_rows(*(GAUSSIAN if runs is None or runs.gaussian else ()))
        self.gaussian.show_values(**{**dict.fromkeys(GAUSSIAN, NONE), **variances(runs, self.t)})
        say(self.bias, bias_words(runs))


def measured(
    runs: LangevinRuns | None, t: float, most: int | None = None
) -> tuple[dict[str, Estimate | None], str]:
    """Each way's distance to the target at t and the floor, and which are as good as samples."""
    if runs is None or runs.target is None:
        return {}, ""
    meter = runs.target.meter([pane.bundle.at(t) for pane in runs.panes], t, most)
    values = dict(zip((pane.kind for pane in runs.panes), meter.values, strict=True))
    if not any(value is not None for value in values.values()):
        return {}, ""
    good = [
        WAYS[kind].lower()
        for kind, value in values.items()
        if value is not None and not meter.is_off(value)
    ]
    names = f"{AS_GOOD}: {', '.join(good)}" if good else f"none is {AS_GOOD}"
    return {**values, "fresh": meter.floor}, f"As far as {meter.count:,} particles tell, {names}."


def variances(runs: LangevinRuns | None, t: float) -> dict[str, str]:
    """The figures of `GAUSSIAN` in words; none unless the target is one Gaussian."""
    if runs is None or runs.gaussian is None:
        return {}
    known, points = runs.gaussian, runs.panes[list(WAYS).index(PLAIN)].bundle.at(t)
    spread = points.astype(np.float64)
    variance = float(spread.var(0, ddof=1).sum()) if len(points) > 1 else float("nan")
    return {
        "target": plain(known.target),
        "noised": plain(known.noised),
        "stationary": NONE if known.stationary is None else plain(known.stationary),
        "measured": to_error(variance, known.error),
    }


def bias_words(runs: LangevinRuns | None) -> str:
    """Why there are no variances, or no stationary one."""
    if runs is None:
        return ""
    if runs.gaussian is None:
        return ONLY_GAUSSIAN
    return DIVERGES if runs.gaussian.stationary is None else ""
