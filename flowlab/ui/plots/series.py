"""The pyqtgraph items of one curve: made when first needed, and fed with every update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from flowlab.core.array_types import Floats, Ints
from flowlab.ui.plots.curve import DRAWN, Curve, Span, places, thinned

DOT = 5.0  # px
SLIT = 0.05  # of a bar's width, blank at each of its sides

MAKERS: dict[str, Callable[[], Any]] = {
    "line": lambda: pg.PlotCurveItem(skipFiniteCheck=False),
    "dots": lambda: pg.ScatterPlotItem(size=DOT, pen=None, pxMode=True),
    "bars": lambda: pg.BarGraphItem(x0=[], x1=[], y0=0, height=[], pen=None),
    "whiskers": lambda: pg.PlotCurveItem(connect="pairs"),
}


class Series:
    """One curve in a view box; another curve may take its place."""

    def __init__(self, view_box: pg.ViewBox, order: int) -> None:
        self._view_box, self._order = view_box, order
        self._items: dict[str, Any] = {}
        self._used: set[str] = set()

    def show(self, curve: Curve, ink: QColor, *, log_x: bool, log_y: bool, seen: Span) -> None:
        """Draw this curve; `seen` is the part of the horizontal axis that is."""
        xs, ys = places(curve.xs, log=log_x), places(curve.ys, log=log_y)
        self._used = set()
        if curve.bars:
            self._show_bars(xs, ys, ink)
        elif curve.dotted:
            self._item("dots").setData(xs, ys, brush=ink)
        else:
            self._show_line(curve, xs, ys, ink, seen)
        if curve.errors is not None:
            self._show_whiskers(curve, ink, log_x, log_y)
        for kind, item in self._items.items():
            item.setVisible(kind in self._used)

    def hide(self) -> None:
        """Draw nothing."""
        for item in self._items.values():
            item.hide()

    def item(self, kind: str) -> Any:
        """The item of a kind, or None where there is none to be seen."""
        return self._items.get(kind) if kind in self._used else None

    def _item(self, kind: str) -> Any:
        self._used.add(kind)
        if kind not in self._items:
            item = self._items[kind] = MAKERS[kind]()
            item.setZValue(2 * self._order + (kind == "whiskers"))
            self._view_box.addItem(item, ignoreBounds=True)
        return self._items[kind]

    def _show_line(self, curve: Curve, xs: Floats, ys: Floats, ink: QColor, seen: Span) -> None:
        if len(xs) > DRAWN:
            some = _some(xs, seen)
            xs, ys = xs[some], ys[some]
        fill = QColor(ink)
        fill.setAlpha(50)
        self._item("line").setData(
            xs,
            ys,
            pen=pen_of(curve, ink),
            connect="finite",
            antialias=not curve.faint and len(xs) < DRAWN,
            fillLevel=-1e3 if curve.shaded else None,
            brush=fill if curve.shaded else None,
        )

    def _show_bars(self, edges: Floats, heights: Floats, ink: QColor) -> None:
        known = np.isfinite(heights)
        left, right = edges[:-1][known], edges[1:][known]
        slit = SLIT * (right - left)
        self._item("bars").setOpts(
            x0=left + slit, x1=right - slit, y0=0, height=heights[known], brush=ink
        )

    def _show_whiskers(self, curve: Curve, ink: QColor, log_x: bool, log_y: bool) -> None:
        assert curve.errors is not None
        low, high = curve.ys - curve.errors, curve.ys + curve.errors
        if log_y:
            low = np.where(low > 0, low, curve.ys / 2)
        ends = places(np.column_stack([low, high]), log=log_y)
        known = np.isfinite(ends).all(axis=1)
        xs = np.repeat(places(curve.centres, log=log_x)[known], 2)
        self._item("whiskers").setData(xs, ends[known].ravel(), pen=QPen(ink, 0), connect="pairs")


def pen_of(curve: Curve, ink: QColor) -> QPen:
    """The pen of a line."""
    shade = QColor(ink)
    if curve.faint:
        shade.setAlpha(90)
    style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
    width = 1.0 if curve.faint else curve.width
    return pg.mkPen(shade, width=width, style=style)


def _some(xs: Floats, seen: Span) -> Ints:
    """Few enough of rising xs for every pixel to have one, and one beyond each end."""
    first = max(0, int(np.searchsorted(xs, seen[0])) - 1)
    last = min(len(xs), int(np.searchsorted(xs, seen[1], "right")) + 1)
    return first + thinned(last - first)
