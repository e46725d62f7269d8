"""The schedules of a path against t, with the knots of a custom path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QFocusEvent

from flowlab.core.document.paths import Path
from flowlab.core.interpolants.schedules import curves
from flowlab.scene.base.colours import as_text
from flowlab.scene.base.style import FONT_SMALL, Theme
from flowlab.ui.base.theme import colour, font
from flowlab.ui.base.ticks import ticks
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot

HEIGHT, KNOT = 132, 9.0  # px: height of the plot, size of a knot
ROOM = 0.045, 0.08  # margins at the ends of both axes, as shares of them, for the knots
NAMES, INKS = ("a", "b", "γ"), ("source", "target", "text")
NAMED_AT = (0.1, 0.9, 0.22)  # t at which each curve is usually far from the others
FIELDS = ("alpha_knots", "beta_knots")

Place = tuple[int, int]  # curve and knot


class PathLines(Plot):
    """The curves alpha, beta and gamma against t, with rings for knots."""

    legend_saved = False  # the names stand at the curves

    def __init__(self, path: Path) -> None:
        self.names: tuple[pg.TextItem, ...] = ()
        super().__init__(across="t", height=HEIGHT, margins=(24, 2, 4, 18), legend=False)
        self.path = path
        self.chosen: Place | None = None  # the knot that keys move
        self._grip: Place | None = None  # the knot that is being dragged
        self._hover: Place | None = None
        self.dots = pg.ScatterPlotItem(pxMode=True, antialias=True)
        self.dots.setZValue(850)
        self.names = tuple(pg.TextItem(name) for name in NAMES)
        for item in (self.dots, *self.names):
            self.view_box.addItem(item, ignoreBounds=True)
        for name in self.names:
            name.setFont(font(FONT_SMALL))
        self.setAccessibleName("Curves of a, b and γ against t")
        self._dress_names()
        self.show_path(path)

    def show_path(self, path: Path) -> None:
        """Draw this path, without a signal."""
        self.path = path
        self._t, self._values = curves(path)
        if self.chosen is not None and not self._has(self.chosen):
            self.chosen = None
        self._show_lines()
        self._show_names()
        self._show_knots()

    def knots(self, curve: int) -> tuple[tuple[float, float], ...]:
        """Return the inner knots of alpha (0) or beta (1)."""
        knots: tuple[tuple[float, float], ...] = getattr(self.path, FIELDS[curve])
        return knots

    def _has(self, place: Place) -> bool:
        return self.path.kind == "custom" and place[1] < len(self.knots(place[0]))

    # drawing

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        if self.names:  # created after the plot
            self._dress_names()
            self._show_knots()

    def _dress_names(self) -> None:
        for name, ink in zip(self.names, INKS, strict=True):
            name.setColor(colour(as_text(self.theme, getattr(self.theme, ink))))

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show which knot the keys move."""
        super().focusInEvent(event)
        self._show_knots()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Hide which knot the keys move."""
        super().focusOutEvent(event)
        self._show_knots()

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return ticks at 0, at 1, and between them."""
        return ticks(low, high, 3, apart=self.upright_apart)

    def _show_lines(self) -> None:
        top = max(1.0, float(self._values.max()))
        curves = range(3 if self.path.noisy else 2)
        self.show_curves(
            *(Curve(NAMES[k], self._t, self._values[k], INKS[k], dashed=k == 2) for k in curves),
            spans=((-ROOM[0], 1 + ROOM[0]), (-ROOM[1] * top, (1 + ROOM[1]) * top)),
        )

    def _show_names(self) -> None:
        """Place each name above its curve, or below if there is no space."""
        for k, (name, t) in enumerate(zip(self.names, NAMED_AT, strict=True)):
            height = float(np.interp(t, self._t, self._values[k]))
            name.setAnchor((0.5, 1.0 if self.spot(t, height).y() > 18 else 0.0))
            name.setPos(t, height)
            name.setVisible(k < 2 or self.path.noisy)

    def _show_knots(self) -> None:
        custom = self.path.kind == "custom"
        spots = [
            self._knot((curve, k), knot)
            for curve in ((0, 1) if custom else ())
            for k, knot in enumerate(self.knots(curve))
        ]
        self.dots.setData(spots=spots)

    def _knot(self, place: Place, knot: tuple[float, float]) -> dict[str, Any]:
        """Return a ring; filled if grabbed or hovered, coloured differently if keys move it."""
        theme, ink = self.theme, colour(getattr(self.theme, INKS[place[0]]))
        held = place in (self._grip, self._hover)
        chosen = place == self.chosen and self.hasFocus()
        return {
            "pos": knot,
            "size": KNOT + 3.0 * held,
            "pen": pg.mkPen(colour(theme.text) if chosen else ink, width=2),
            "brush": ink if held else colour(theme.raised),
        }
