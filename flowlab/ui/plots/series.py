"""The pyqtgraph items of one curve: created on first use, and reused for every update."""

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
SLIT = 0.05  # gap at each side of a bar, as a share of its width

MAKERS: dict[str, Callable[[], Any]] = {
    "line": lambda: pg.PlotCurveItem(skipFiniteCheck=False),
    "dots": lambda: pg.ScatterPlotItem(size=DOT, pen=None, pxMode=True),
    "bars": lambda: pg.BarGraphItem(x0=[], x1=[], y0=0, height=[], pen=None),
    "whiskers": lambda: pg.PlotCurveItem(connect="pairs"),
}


class Series:
    """The items of one curve in a view box; they can show another curve later."""

    def __init__(self, view_box: pg.ViewBox, order: int) -> None:
        self._view_box, self._order = view_box, order
        self._items: dict[str, Any] = {}
        self._used: set[str] = set()

    def show(self, curve: Curve, ink: QColor, *, log_x: bool, log_y: bool, seen: Span) -> None:
        """Draw this curve; `seen` is the visible range of the horizontal axis."""
        xs, ys = places(curve.xs, log=log_x), places(curve.ys, log=log_y)
        self._used = set()
        if curve.bars:
            self._show_bars(xs, ys, ink)
        elif curve.dotted:
            self._item("dots").setData(xs, ys, brush=ink)
        else:
            self._show_line(curve, xs, ys, ink, seen)
        if curve.marked:
            self._item("dots").setData(xs, ys, brush=ink)
        if curve.errors is not None:
            self._show_whiskers(curve, ink, log_x, log_y)
        for kind, item in self._items.items():
            item.setVisible(kind in self._used)

    def hide(self) -> None:
        """Hide the curve."""
        for item in self._items.values():
            item.hide()

    def item(self, kind: str) -> Any:
        """Return the visible item of a kind, or None."""
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
            index = _visible_rows(xs, seen)
            xs, ys = xs[index], ys[index]
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
    """The pen of a curve's line."""
    shade = QColor(ink)
    if curve.faint:
        shade.setAlpha(90)
    style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
    width = 1.0 if curve.faint else curve.width
    return pg.mkPen(shade, width=width, style=style)


def _visible_rows(xs: Floats, seen: Span) -> Ints:
    """Indices of ascending `xs`: at most about one a pixel, and one beyond each end."""
    first = max(0, int(np.searchsorted(xs, seen[0])) - 1)
    last = min(len(xs), int(np.searchsorted(xs, seen[1], "right")) + 1)
    return first + thinned(last - first)
