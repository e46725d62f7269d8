"""The live loss: both published losses, with the floor that no network can go below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.array_types import Floats
from flowlab.core.document.losses import Regression
from flowlab.core.estimates import error_of
from flowlab.scene.base.style import Theme
from flowlab.ui.base.controls import WordsCombo
from flowlab.ui.plots.curve import Curve, Span
from flowlab.ui.plots.plot import Plot
from flowlab.ui.room.loss_words import INVITATION, UNSAVED, name_losses

if TYPE_CHECKING:
    from flowlab.work.status import Status

REDRAW_SECONDS = 0.3
HEIGHT, GAP = 140, 6  # px: of the plot, and above the choice below it
KNOWN = 0.01  # relative error of a floor, up to which it is drawn
SMOOTHING = 25  # points in the running mean


class LossPlot(QWidget):
    """Thin: the loss of each block. Bold: its running mean. Filled: the irreducible floor."""

    def __init__(self, theme: Theme, *, height: int = HEIGHT, gap: int = GAP) -> None:
        super().__init__()
        self.which = WordsCombo()
        self.regression: Regression | None = None
        self._name_losses(Regression())
        self.which.activated.connect(lambda _: self._choose())
        self.plot = Plot(
            "loss", "step", height=height, margins=(38, 8, 8, 19), legend=False, theme=theme
        )
        self.plot.setAccessibleName("Loss against training step")
        self.plot.invite(INVITATION)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap)
        column.addWidget(self.plot)
        column.addWidget(self.which)
        self._status: Status | None = None
        self._drawn: tuple[object, ...] = ()
        self._due = 0.0

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.plot.set_theme(theme)

    def show_status(self, status: Status) -> None:
        """Draw the newest history, if it isn't drawn already."""
        self.plot.invite(UNSAVED if status.step else INVITATION)
        if self.isVisible():
            self.plot.mark(None if status.looking_back is None else float(status.looking_back))
        floor = known(status.mse_floor)
        key = (
            status.step,
            len(status.history.steps),
            floor,
            status.history.since,
            status.regression,
        )
        if status.regression != self.regression:
            self._name_losses(status.regression)
        now = time.perf_counter()
        if key != self._drawn and now >= self._due and self.isVisible():
            if self._status is not None and _another(self._status, status):
                self.plot.show_all()
            self._drawn, self._status, self._due = key, status, now + REDRAW_SECONDS
            self._draw()

    def _name_losses(self, regression: Regression) -> None:
        """Name the losses by what the network predicts."""
        self.regression = regression
        name_losses(self.which, regression)

    def _choose(self) -> None:
        self._draw()
        self.plot.show_all()

    def _draw(self) -> None:
        if self._status is None:
            return
        which = self.which.currentData()
        self.plot.title = self._status.regression.title(which)
        positive = which != "quadratic" and not self._status.regression.implicit
        log = self.plot.log_y = positive
        steps, values, floor = series(self._status, which)
        keep = values > 0 if log else np.isfinite(values)
        steps, values = steps[keep], values[keep]
        if not len(steps):
            self.plot.show_curves()
            return
        heights = np.log10(values) if log else values
        smooth = running_mean(heights)
        curves = [
            Curve("loss", steps, values, "learned", faint=True),
            Curve("running mean", steps, 10.0**smooth if log else smooth, "learned"),
        ]
        level = None
        if floor is not None and (floor > 0 or not log):
            level = float(np.log10(floor) if log else floor)
            curves.append(_floor(steps, floor, self._status.history.since))
        self.plot.show_curves(*curves, spans=framed(steps, heights, level))


def _another(before: Status, now: Status) -> bool:
    """True if this is not the same training going on."""
    old, new = before.history, now.history
    if now.step < before.step or not len(old.steps) or len(new.steps) < len(old.steps):
        return now.step < before.step  # fewer rows: they have been averaged
    return (old.steps[0], old.mse[0]) != (new.steps[0], new.mse[0])


def _floor(steps: Floats, floor: float, since: int) -> Curve:
    """The floor over the steps that learned the present problem; others had another one."""
    first = min(max(steps[0], since), steps[-1])
    ends = np.array([first, max(steps[-1], first + 1)])
    return Curve(
        "floor", ends, np.full(2, floor), "exact", dashed=True, shaded=True, width=1.0,
        level=first == steps[0],
    )  # fmt: skip


def framed(steps: Floats, heights: Floats, level: float | None) -> tuple[Span, Span]:
    """The ranges of both axes: every step, nearly all values, and the floor with some margin."""
    first, last = float(steps[0]), max(float(steps[0]) + 1.0, float(steps[-1]))
    low, high = float(np.min(heights)), float(np.quantile(heights, 0.995))
    low = low if level is None else min(low, level)
    pad = 0.08 * max(high - low, 0.05)
    return (first, last), (low - 2 * pad, high + pad)


def series(status: Status, which: str) -> tuple[Floats, Floats, float | None]:
    """Steps, values and floor of one of `LOSSES`."""
    history = status.history
    if which == "quadratic":
        return history.steps, history.quadratic, known(status.quadratic_floor)
    floor = known(status.mse_floor)
    if which == "mse" or floor is None:
        return history.steps, history.mse, floor
    return history.steps, running_mean(history.mse) - floor, None


def known(floor: float | None) -> float | None:
    """The floor if its standard error is at most 1 %; None where it may still wander."""
    error = error_of(floor)
    if floor is None or (error is not None and error > KNOWN * abs(floor)):
        return None
    return floor


def running_mean(values: Floats, width: int = SMOOTHING) -> Floats:
    """Mean over the last `width` values, or over all values before that."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    index = np.arange(1, len(values) + 1)
    start = np.maximum(0, index - width)
    return (total[index] - total[start]) / (index - start)
