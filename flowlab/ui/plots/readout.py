"""The read-out under the cursor: a line, a ring on each curve, and a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from flowlab.ui.base.theme import colour
from flowlab.ui.plots.curve import Curve, nearest, number, places

if TYPE_CHECKING:
    from flowlab.ui.plots.plot import Plot


@dataclass(frozen=True)
class Reading:
    """The values at one place of the horizontal axis."""

    x: float  # place on the axis
    spots: tuple[tuple[float, float], ...]  # points with a ring
    words: str
    line: bool = True  # draws a line across the whole plot


class Readout:
    """A read-out that follows the cursor or the arrow keys."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self.reading: Reading | None = None
        self.label = QLabel(plot.viewport())
        self.label.setProperty("role", "reading")
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setIndent(0)
        self.label.hide()
        self._line: Any = None  # created at the first reading
        self._rings: Any = None

    def show(self, reading: Reading | None) -> None:
        """Show this reading, or None."""
        if reading == self.reading:
            return
        self.reading = reading
        if reading is None:
            self.label.hide()
            self.show_signs(False)
            return
        self._make()
        self._line.setPos(reading.x)
        self._rings.setData(*zip(*reading.spots, strict=True) if reading.spots else ([], []))
        self.show_signs(True)
        self._show_label(reading)

    def renew(self) -> None:
        """Update the reading at a resting cursor after the curves have changed."""
        if self.reading is not None:
            self.show(self.plot.reading(self.reading.x))

    def step(self, by: int) -> None:
        """Read the next or the previous stop; without a reading, begin at that end."""
        now, xs = self.reading, self.plot.stops()
        low, high = self.plot.view_box.viewRange()[0]
        i = nearest(xs, (low if by > 0 else high) if now is None else now.x)
        if i is not None:
            i = min(max(i + (0 if now is None else by), 0), len(xs) - 1)
            self.show(self.plot.reading(float(xs[i])))

    def show_signs(self, shown: bool) -> None:
        """Show or hide the line and the rings; saved pictures don't have them."""
        if self._line is not None:
            reading = self.reading if shown else None
            self._rings.setVisible(reading is not None)
            self._line.setVisible(reading is not None and reading.line)

    def dress(self) -> None:
        """Apply the theme's colours."""
        if self._line is not None:
            theme = self.plot.theme
            self._line.setPen(pg.mkPen(colour(theme.dim), width=1))
            self._rings.setPen(pg.mkPen(colour(theme.text), width=1))
            self._rings.setBrush(colour(theme.raised))

    def _make(self) -> None:
        if self._line is None:
            self._line = pg.InfiniteLine(angle=90)
            self._rings = pg.ScatterPlotItem(size=6, pxMode=True)
            for z, item in ((900, self._line), (901, self._rings)):
                item.setZValue(z)
                self.plot.view_box.addItem(item, ignoreBounds=True)
            self.dress()

    def _show_label(self, reading: Reading) -> None:
        label, box = self.label, self.plot.box()
        label.ensurePolished()
        label.setText(reading.words)
        label.adjustSize()
        left = self.plot.pixel(reading.x, 0.0).x() > box.center().x()
        x = box.left() + 2 if left else box.right() - label.width() - 2
        label.move(round(x), max(0, round(min(box.top(), self.plot.height() - label.height()))))
        label.show()


def read(plot: Plot, x: float) -> Reading | None:
    """The points of all curves nearest to a place of the horizontal axis."""
    points = []
    for curve in plot.curves:
        xs = places(curve.centres, log=plot.log_x)
        i = nearest(np.where(np.isfinite(places(curve.ys, log=plot.log_y)), xs, np.nan), x)
        if i is not None:
            points.append((curve, i, float(xs[i])))
    if not points:
        return None
    at = min((place for _, _, place in points), key=lambda place: abs(place - x))
    spots = tuple(
        (place, float(places(curve.ys[i : i + 1], log=plot.log_y)[0]))
        for curve, i, place in points
        if place == at
    )
    head = _head(plot, *_at(points, at))
    if len(plot.curves) == 1:  # its name is the title, or stands below
        return Reading(at, spots, f"{head}: {points[0][0].words(points[0][1])}")
    lines = (f"{curve.name}  {curve.words(i)}" for curve, i, _ in points)
    return Reading(at, spots, "\n".join([head, *lines]))


def _at(points: list[tuple[Curve, int, float]], at: float) -> tuple[Curve, int]:
    return next((curve, i) for curve, i, place in points if place == at)


def _head(plot: Plot, curve: Curve, i: int) -> str:
    """The heading of the label: a value on the axis, or an interval of it."""
    if not curve.bars:
        return f"{plot.across} = {number(float(curve.xs[i]))}"
    return f"{plot.across} {number(float(curve.xs[i]))} to {number(float(curve.xs[i + 1]))}"
