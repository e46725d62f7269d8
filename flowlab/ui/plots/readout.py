"""The read-out under the cursor: a line, a ring on each curve, and a label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QToolTip

from flowlab.ui.base.theme import colour
from flowlab.ui.plots.contract import Readable, Reading
from flowlab.ui.plots.curve import Curve, nearest, number, places

GAP = "   "  # between values in a line
MOST = 1 / 3  # largest share of the plot that the label may cover
SMALL = 8  # px, the smallest text
RING = 4  # px, half the size of a ring that the label should not cover


class Readout:
    """A read-out that follows the cursor or the arrow keys."""

    def __init__(self, plot: Readable) -> None:
        self.plot = plot
        self.reading: Reading | None = None
        self.by_keys = False  # True if the reading was made by keys, not by the mouse
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
        self.by_keys = False
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
        self.place()
        if QToolTip.isVisible():
            QToolTip.hideText()

    def renew(self) -> None:
        """Read again, at a resting cursor or the last stop, after the curves or axes change."""
        if self.by_keys and self.reading is not None:
            self._show_by_keys(self.reading.x)
        else:
            self.plot.pointed(self.plot.pointer)
        self.place()

    def _show_by_keys(self, x: float) -> None:
        self.show(self.plot.reading(x))
        self.by_keys = self.reading is not None

    def step(self, by: int) -> None:
        """Read the next or the previous stop; without a reading, begin at that end."""
        now, xs = self.reading, self.plot.stops()
        low, high = self.plot.view_box.viewRange()[0]
        i = nearest(xs, (low if by > 0 else high) if now is None else now.x)
        if i is not None:
            i = min(max(i + (0 if now is None else by), 0), len(xs) - 1)
            self._show_by_keys(float(xs[i]))

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

    def place(self) -> None:
        """Place the label inside the plot, away from the points that it reads."""
        reading = self.reading
        if reading is None:
            return
        whole = self.plot.viewport().rect()
        self._fit(reading.words, None)
        room = MOST * whole.width() * whole.height()
        free = [] if self._area() > room else self._places(reading, round(self.plot.box().top()))
        if not any(spot_free for _, spot_free in free):
            self._fit_lines(reading.words, whole.width() - 4)
            free = self._places(reading, 0)
        at = next((place for place, spot_free in free if spot_free), free[0][0])
        self.label.move(at.topLeft())
        self.label.show()

    def _area(self) -> int:
        return self.label.width() * self.label.height()

    def _fit(self, words: str, size: int | None) -> int:
        """Show these words in a text of this size, or of the usual one; return the width."""
        label = self.label
        sheet = "" if size is None else f"font-size: {size}px"
        if label.styleSheet() != sheet:
            label.setStyleSheet(sheet)
        label.ensurePolished()
        if label.text() != words:
            label.setText(words)
        label.adjustSize()
        return label.width()

    def _fit_lines(self, words: str, width: int) -> None:
        """Show these words in at most two lines within a width, in smaller text if need be."""
        parts = words.split("\n")
        usual: int | None = None
        for size in (usual, *range(self.label.fontInfo().pixelSize() - 1, SMALL - 1, -1)):
            for lines in _split(parts):
                if self._fit("\n".join(lines), size) <= width:
                    return
        lines = _split(parts)[min(1, len(parts) - 1)]
        self._fit("\n".join(lines), SMALL)
        space = width - (self.label.width() - _widest(self.label.fontMetrics(), lines))
        elided = (
            self.label.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, space)
            for line in lines
        )
        self._fit("\n".join(elided), SMALL)

    def _places(self, reading: Reading, top: int) -> list[tuple[QRect, bool]]:
        """Where the label can be, best first, and whether that leaves points and mark free.

        Rather than the mark, which shows all again, it covers a point.
        """
        plot, label, whole = self.plot, self.label, self.plot.viewport().rect()
        box = plot.box().toRect()
        width, height = label.width(), label.height()
        left = plot.pixel(reading.x, 0.0).x() > box.center().x()
        far, near = (box.left() + 2, box.right() - width - 2)[:: 1 if left else -1]
        spots = [plot.pixel(*spot) for spot in reading.spots]
        low = box.bottom() - height - 2
        found = []
        for x, y in ((far, top), (far, 0), (far, low), (near, 0), (near, low)):
            x = max(0, min(x, whole.width() - width))
            y = max(0, min(y, whole.height() - height))
            place = QRect(x, y, width, height)
            around = place.adjusted(-RING, -RING, RING, RING)
            off = not any(around.contains(spot.toPoint()) for spot in spots)
            found.append((place, off and not place.intersects(plot.all_place)))
        return sorted(found, key=lambda each: each[0].intersects(plot.all_place))


def _split(parts: list[str]) -> list[list[str]]:
    """The parts in one line, then in two, from the most even to the least even."""
    one = [GAP.join(parts)]
    twos = [[GAP.join(parts[:i]), GAP.join(parts[i:])] for i in range(1, len(parts))]
    return [one, *sorted(twos, key=lambda lines: max(map(len, lines)))]


def _widest(metrics: QFontMetrics, lines: list[str]) -> int:
    return max(metrics.horizontalAdvance(line) for line in lines)


def read(plot: Readable, x: float) -> Reading | None:
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


def _head(plot: Readable, curve: Curve, i: int) -> str:
    """The heading of the label: a value on the axis, or an interval of it."""
    if not curve.bars:
        return f"{plot.across} = {number(float(curve.xs[i]))}"
    return f"{plot.across} {number(float(curve.xs[i]))} to {number(float(curve.xs[i + 1]))}"
