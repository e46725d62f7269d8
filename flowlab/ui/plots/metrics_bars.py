"""The two causes of wrong end points as bars side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg

from flowlab.core.array_types import Floats
from flowlab.core.estimates import error_of
from flowlab.scene.base.style import FONT_SMALL, Theme
from flowlab.ui.base.theme import colour, font
from flowlab.ui.plots.contract import Reading
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot
from flowlab.ui.room.figures import NONE, percent

if TYPE_CHECKING:
    from flowlab.work.figures import Figure

HEIGHT = 92  # px
HEADROOM = 1.4  # factor on the taller bar, which leaves space for its figure


class CauseBars(Plot):
    """Model error and integration error on one scale, which shows the larger cause."""

    zooms = (False, False)  # two bars have nothing to zoom
    legend_saved = False  # the names stand below
    TITLES = ("model error", "integration error")
    TIPS = (
        "Model error: the learned against the exact field, both carried by many fine steps",
        "Integration error: the document's solver against many fine steps, on the learned field",
    )

    def __init__(self, theme: Theme) -> None:
        self.labels: tuple[pg.TextItem, ...] = ()
        super().__init__(height=HEIGHT, margins=(0, 2, 0, 19), legend=False, theme=theme)
        self.values: tuple[float | None, ...] = (None, None)
        self.labels = tuple(pg.TextItem(NONE, anchor=(0.5, 1.0)) for _ in self.TITLES)
        for label in self.labels:
            label.setFont(font(FONT_SMALL))
            self.view_box.addItem(label, ignoreBounds=True)
        self.set_theme(theme)
        self.show_figures(None, None)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        for label in self.labels:
            label.setColor(colour(theme.text))

    def show_figures(self, model: Figure | None, integration: Figure | None) -> None:
        """Show the two errors, each if it is known."""
        figures = (model, integration)
        self.values = tuple(None if f is None else f.value for f in figures)
        rest = "Root mean square distance of the arrivals, relative to their rms radius."
        notes = [
            f"{tip}: {percent(value, error_of(value))}"
            + (f" ({f.note})" if f is not None and f.note else "")
            for tip, value, f in zip(self.TIPS, self.values, figures, strict=True)
        ]
        n = next((f.n for f in figures if f is not None and f.n), 0)
        words = "\n".join([*notes, rest + (f" n = {n:,}" if n else "")])
        if words != self.toolTip():
            self.setToolTip(words)
            pairs = zip(self.TITLES, self.values, strict=True)
            self.setAccessibleName(", ".join(f"{t} {percent(v, error_of(v))}" for t, v in pairs))
            self._show_bars()

    def _show_bars(self) -> None:
        heights = [math.nan if v is None else v for v in self.values]
        top = float(np.nanmax([*heights, 0.0])) or 1.0
        curves = (
            Curve(title, np.array([i + 0.28, i + 0.72]), np.array([height]), ink, bars=True)
            for i, (title, height, ink) in enumerate(
                zip(self.TITLES, heights, ("learned", "source"), strict=True)
            )
        )
        self.show_curves(*curves, spans=((0.0, 2.0), (0.0, HEADROOM * top)))
        for i, (label, value) in enumerate(zip(self.labels, self.values, strict=True)):
            label.setText(percent(value, error_of(value)))
            label.setPos(i + 0.5, value or 0.0)

    # axes and read-out

    def level_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return the names of the bars."""
        return [(i + 0.5, title) for i, title in enumerate(self.TITLES) if low <= i + 0.5 <= high]

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return the base line of the bars."""
        return [(0.0, "")] if low <= 0.0 <= high else []

    def reading(self, x: float) -> Reading | None:
        """Return the bar in that half of the plot."""
        i = min(max(int(x), 0), 1)
        value = self.values[i]
        words = f"{self.TITLES[i]}  {percent(value, error_of(value))}"
        return Reading(i + 0.5, () if value is None else ((i + 0.5, value),), words, line=False)

    def stops(self) -> Floats:
        """Return the middles of both bars."""
        return np.array([0.5, 1.5])

    def table(self) -> str:
        """Return both errors with their names."""
        rows = zip(self.TITLES, self.values, strict=True)
        words = [f"{title}\t{'' if v is None else format(v, '.7g')}" for title, v in rows]
        return "\n".join(["cause\terror", *words]) + "\n"
