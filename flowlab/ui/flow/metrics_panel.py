"""The quality of the flow by many measures, each beside its value for a perfect flow."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from flowlab.core.estimates import error_of, to_error
from flowlab.scene.base.style import Theme
from flowlab.ui.flow.coupling_panel import BEND_TIP
from flowlab.ui.flow.ratio_bar import RatioBar
from flowlab.ui.plots.metrics_bars import CauseBars
from flowlab.ui.plots.time_plot import TimePlot
from flowlab.ui.room.figures import NONE, percent

if TYPE_CHECKING:
    from flowlab.work.figures import Figure
    from flowlab.work.status import Status

WAITING = "Not measured at this step: slow figures come one after the other while training rests."


def number(value: float, error: float | None = None) -> str:
    """A value with its standard error, or with three significant digits where it has none."""
    return to_error(value, error)


def whole(value: float, _error: float | None = None) -> str:
    """A value with four decimals."""
    return f"{value:.4f}"


def degrees(value: float, error: float | None = None) -> str:
    """A value in degrees."""
    return f"{to_error(value, error)}°"


@dataclass(frozen=True)
class Row:
    """One figure of the table, and below it what a perfect flow would show, unless that is 0."""

    title: str
    tip: str  # explanation
    best: str  # what a perfect flow is compared with
    words: Callable[..., str] = number
    ratio: bool = False  # True if value over floor is shown as a bar


SAMPLES = "fresh samples"
ROWS = {
    "sliced_w2": Row(
        "sliced W₂",
        "Sliced Wasserstein-2 distance √ mean W₂²(θ·x, θ·y) of arrivals x to fresh samples y: the "
        "mean over directions θ of the exact distance in one dimension",
        SAMPLES,
        ratio=True,
    ),
    "exact_w2": Row(
        "exact W₂",
        "Wasserstein-2 distance √ min mean |x − y|² of a subsample: the least over all ways to "
        "pair arrivals x with fresh samples y one to one",
        SAMPLES,
        ratio=True,
    ),
    "energy": Row(
        "energy distance",
        "√(2 E|x − y| − E|x − x′| − E|y − y′|) over all pairs of arrivals x and fresh samples y",
        SAMPLES,
        ratio=True,
    ),
    "mmd": Row(
        "MMD",
        "Maximum mean discrepancy √(E k(x, x′) + E k(y, y′) − 2 E k(x, y)) over all pairs of "
        "arrivals x and fresh samples y, with k(x, y) = exp(−|x − y|² / 2h²)",
        SAMPLES,
        ratio=True,
    ),
    "npe": Row(
        "NPE",
        "Normalised path energy |∫ E|v|² dt − W₂²| / W₂²: how much more the particles move than by "
        "optimal transport, whose squared cost is W₂²; 0 for the cheapest flow there is. Both are "
        "of the same starting points, unless W₂ is known in closed form",
        "optimal transport",
    ),
    "straightness": Row(
        "bend",
        BEND_TIP,
        "straight paths",
    ),
    "likelihood": Row(
        "log-likelihood",
        "Mean log density of target samples under the learned flow, in nats (minus the NLL): its "
        "divergence is integrated along the path with the exact trace",
        "the target's",
    ),
    "integral": Row(
        "∫ density",
        "The learned flow's density summed over a grid: 1, unless mass lies outside, the target "
        "is finer than the grid, or the divergence is wrong",
        "any density",
        whole,
    ),
    "continuity": Row(
        "continuity",
        "Residual of the continuity equation, |∂p/∂t + ∇·(p v)| / (|∂p/∂t| + |∇·(p v)|) of the "
        "exact density p with the learned velocity v: 0 if v carries p, 1 if it carries it the "
        "other way. The exact velocity by the same differences is not quite 0",
        "the exact velocity",
    ),
    "excess": Row(
        "loss − floor",
        "E|v − v*|² over pₜ and t: what is left of the squared loss above its floor",
        "the exact velocity",
    ),
    "velocity": Row(
        "velocity error",
        "rms |v − v*| / rms |v*| over pₜ and t (rms: root mean square; v learned, v* exact, pₜ "
        "the distribution of the particles at t)",
        "the exact velocity",
        percent,
    ),
    "angle": Row(
        "angle error",
        "Mean angle between the learned velocity v and the exact v*, arccos(v·v* / |v| |v*|), over "
        "pₜ and t",
        "the exact velocity",
        degrees,
    ),
}


class MetricsPanel(QWidget):
    """A table of figures, the two causes of wrong end points, and the errors against t."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        self.floors: dict[str, QLabel] = {}
        self.bars: dict[str, RatioBar] = {}
        self.causes, self.plot = CauseBars(theme), TimePlot(theme)
        self._current: dict[str, Figure | None] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(10)
        column.addLayout(self._table())
        column.addWidget(self.causes)
        column.addWidget(self.plot)
        self.set_theme(theme)

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(5)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for line, (key, row) in enumerate(ROWS.items()):
            name, value, floor = _label(row.title), _label(NONE, right=True), _label(right=True)
            value.setProperty("role", "figure")
            self.values[key], self.floors[key], self.bars[key] = value, floor, RatioBar(row.title)
            for column, widget in enumerate((name, value, self.bars[key])):
                grid.addWidget(widget, 2 * line, column)
            grid.addWidget(floor, 2 * line + 1, 0, 1, 3)
            floor.setWordWrap(True)
            floor.hide()
            self._explain(key, None, name)
        return grid

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        for bar in self.bars.values():
            bar.set_theme(theme)
        self.causes.set_theme(theme)
        self.plot.set_theme(theme)

    def show_t(self, t: float) -> None:
        """Mark the present t in the plot."""
        self.plot.show_t(t)

    def show_status(self, status: Status) -> None:
        """Show the figures that have changed."""
        for key in ROWS:
            figure = status.figures.get(key)
            if key not in self._current or figure is not self._current[key]:
                self._current[key] = figure
                self._show(key, figure)
        self.causes.show_figures(status.figures.get("model"), status.figures.get("integration"))
        reason = status.figures.get("excess")
        self.plot.show_curves(status.by_time, "" if reason is None else reason.note)

    def _show(self, key: str, figure: Figure | None) -> None:
        row = ROWS[key]
        known = figure is not None and figure.value is not None and math.isfinite(figure.value)
        value = NONE
        if known and figure and figure.value is not None:
            value = row.words(figure.value, figure.error)
        best = None if figure is None or not known else figure.floor
        self.values[key].setText(value)
        self.floors[key].setText(beside(row, figure) if known and figure else "")
        self.floors[key].setVisible(bool(self.floors[key].text()))
        over = (
            figure.value / best
            if row.ratio and known and figure and figure.value and best
            else None
        )
        self.bars[key].show_ratio(over, as_good=figure is not None and figure.as_good)
        self._explain(key, figure)

    def _explain(self, key: str, figure: Figure | None, *others: QLabel) -> None:
        """Set the tooltip of a row, which is also its text for screen readers."""
        row, words = ROWS[key], explained(ROWS[key], figure)
        value, floor = self.values[key], self.floors[key]
        for widget in (value, floor, *others):
            widget.setToolTip(words)
        self.bars[key].setToolTip(f"{words}.\n{SCALE}")
        value.setAccessibleName(f"{row.title}: {value.text()}")
        floor.setAccessibleName(f"{row.title}, {floor.text() or NONE}")


SCALE = "Bar: value over that of fresh samples, from 1 to 100, each tenfold as long."


def beside(row: Row, figure: Figure) -> str:
    """What a perfect flow shows, and whether that is reached; empty where it is 0."""
    if not figure.floor:
        return ""
    words = row.words(figure.floor, error_of(figure.floor))
    return f"as good as {row.best}: {words}" if figure.as_good else f"{row.best} {words}"


def explained(row: Row, figure: Figure | None) -> str:
    """The meaning of a figure and its sample size, or why it is missing."""
    if figure is None:
        return f"{row.tip}.\n{WAITING}"
    if figure.value is None:
        return f"Not known: {figure.note}\n{row.tip}."
    facts = [f"n = {figure.n:,}"]
    if figure.error is not None:
        facts.append(f"± is the standard error, {to_error(figure.error, None)}")
    if figure.floor is not None:
        facts.append(f"{row.best}: {_floor_words(row, figure)}")
    if figure.as_good:
        facts.append(f"as good as {row.best}: within two deviations of what those show")
    elif figure.floor and row.ratio:
        facts.append(f"{to_error(figure.value / figure.floor, None)} times that")
    if figure.note:
        facts.append(figure.note)
    facts.append(f"of training step {figure.step:,}")
    return f"{row.tip}.\n" + ";\n".join(facts)


def _floor_words(row: Row, figure: Figure) -> str:
    """The floor, and over how many sample sets it is a mean."""
    assert figure.floor is not None
    words = row.words(figure.floor, error_of(figure.floor))
    if not figure.pairs:
        return words
    spread = "" if figure.spread is None else f", with a spread of {to_error(figure.spread, None)}"
    return f"{words}, a mean over {figure.pairs} sets to the same samples{spread}"


def _label(text: str = "", *, right: bool = False) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    if right:
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label
