"""Whether a zoomed part of a plot still means something when other curves come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.ui.plots.curve import Curve, Span, places

if TYPE_CHECKING:
    from flowlab.ui.plots.contract import Ranges

BACK = 0.01  # share of the full range by which its end may go back: averages move a little
OVERLAP = 0.5  # share of the visible range that must have values

Curves = tuple[Curve, ...]


def outlived(plot: Ranges, before: Curves, now: Curves, home: tuple[Span, Span]) -> bool:
    """True if the zoom of `plot` has nothing to do with the curves `now`, whose range is `home`."""
    if not now or not {curve.name for curve in before} & {curve.name for curve in now}:
        return True
    x, y = plot.view_box.viewRange()
    old, new = plot.home[0], home[0]
    if new[1] < old[1] - BACK * (old[1] - old[0]):  # other data, or a fresh run
        return True
    if min(x[1], new[1]) - max(x[0], new[0]) < OVERLAP * (x[1] - x[0]):
        return True
    return _visible(plot, before, x, y) and not _visible(plot, now, x, y)


def _visible(plot: Ranges, curves: Curves, x: Span, y: Span) -> bool:
    """True if a part of a curve lies in the window."""
    heights = [_heights(plot, curve, x) for curve in curves]
    return any(len(h) and h.min() <= y[1] and h.max() >= y[0] for h in heights)


def _heights(plot: Ranges, curve: Curve, x: Span) -> Floats:
    """The heights of a curve in a stretch of the horizontal axis, and at both ends of it."""
    xs, ys = places(curve.centres, log=plot.log_x), places(curve.ys, log=plot.log_y)
    if curve.bars:
        edges = places(curve.xs, log=plot.log_x)
        inside = (edges[1:] > x[0]) & (edges[:-1] < x[1]) & np.isfinite(ys)
        return np.append(ys[inside], 0.0) if inside.any() else np.zeros(0)
    known = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[known], ys[known]
    heights = ys[(xs >= x[0]) & (xs <= x[1])]
    if curve.dotted or not len(xs):
        return heights
    ends = np.array([end for end in x if xs[0] <= end <= xs[-1]])
    return np.append(heights, np.interp(ends, xs, ys))
