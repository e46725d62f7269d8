"""Errors of the learned velocity against t, with the present t marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.array_types import Floats
from flowlab.scene.base.style import Theme
from flowlab.ui.base.controls import WordsCombo
from flowlab.ui.plots.curve import Curve, number
from flowlab.ui.plots.plot import Plot

if TYPE_CHECKING:
    from flowlab.work.figures import ByTime

HEIGHT = 116  # px
CURVES = {
    "excess": "Loss above its floor",
    "velocity": "Velocity error",
    "angle": "Angle error, degrees",
}
INVITATION = "Learned against exact velocity:\nnot computed yet"


class TimePlot(QWidget):
    """A choice of error and its plot."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.drawing = TimeBars(theme)
        self.which = WordsCombo()
        for key, title in CURVES.items():
            self.which.addItem(title, key)
        self.which.setAccessibleName("Which error is drawn against t")
        self.which.setToolTip("Over the points of pₜ in each stretch of t, with standard errors")
        self.which.activated.connect(lambda _: self._choose())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.drawing)
        column.addWidget(self.which)
        self._by_time: ByTime | None = None
        self._choose()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.drawing.set_theme(theme)

    def show_t(self, t: float) -> None:
        """Mark this t."""
        self.drawing.mark(t)

    def show_curves(self, by_time: ByTime | None, reason: str) -> None:
        """Show the newest errors, or why there are none."""
        invitation = reason or INVITATION
        if by_time is not self._by_time or invitation != self.drawing.invitation:
            self._by_time = by_time
            self.drawing.invite(invitation)
            self._choose()

    def _choose(self) -> None:
        key, by_time = self.which.currentData(), self._by_time
        if CURVES[key] != self.drawing.title:
            self.drawing.title = CURVES[key]
            self.drawing.show_all()
        if by_time is None:
            self.drawing.show_bars(None, None, None)
        else:
            error = getattr(by_time, f"{key}_error")
            self.drawing.show_bars(by_time.edges, getattr(by_time, key), error)


class TimeBars(Plot):
    """Bars with whiskers over intervals of t."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            across="t", height=HEIGHT, margins=(36, 9, 8, 18), legend=False, theme=theme
        )
        self.mark_line.addMarker("v", 1.0, 7.0)
        self.mark(0.0)
        self.invite(INVITATION)

    def show_bars(self, edges: Floats | None, values: Floats | None, errors: Floats | None) -> None:
        """Show heights between edges and their standard errors; None if nothing is known."""
        if edges is None or values is None or errors is None:
            self.show_curves()
        else:
            top = float(np.nanmax(values + errors, initial=0.0))
            spans = (float(edges[0]), float(edges[-1])), (0.0, 1.08 * top if top > 0 else 1.0)
            bars = Curve(self.title, edges, values, "learned", errors, bars=True)
            self.show_curves(bars, spans=spans)
        self.setToolTip(self.title)
        self.setAccessibleName(f"{self.title} against t")
        self.setAccessibleDescription("; ".join(self.stretch(i) for i in range(self.count)))

    @property
    def count(self) -> int:
        """The number of bars."""
        return len(self.curves[0].ys) if self.curves else 0

    def stretch(self, i: int) -> str:
        """Return one bar in words."""
        edges, values, errors = self.curves[0].xs, self.curves[0].ys, self.curves[0].errors
        assert errors is not None
        bar = f"{number(float(values[i]))} ± {number(float(f'{errors[i]:.1g}'))}"
        return f"t {number(float(edges[i]))} to {number(float(edges[i + 1]))}: {bar}"
