"""The bound on the likelihood: a bar for each step, or each few, and what they add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.elbo_results import Bars, ElboForms, bars_of, forms_of
from flowlab.core.estimates import Estimate, plain, to_error, typeset
from flowlab.scene.base.box import Box
from flowlab.scene.base.colours import over
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Stage, enlarged, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.denoising import level_words
from flowlab.scene.diffusion.waterfall import Bar, paint_bars
from flowlab.scene.furniture.caption import placed
from flowlab.scene.furniture.legend import LINE
from flowlab.scene.furniture.time_axes import MINUS, rect, title_font

EDGE, LEFT = 18.0, 58.0  # free space around, for numbers
FOOT, TICKS = 34.0, 44.0  # height of the legend, and of the numbers above it
HEAD = 62.0  # of two lines above the bars
SLOT, APART = 40.0, 14.0  # width of the single bars at both ends, and their distance
SUMS = 0.36, 280.0, 420.0  # width of what they add up to: share of the canvas, least and most
NARROW = 760.0  # pixels below which this lies below the bars
TIME = 66.0  # width of t in the legend
BAR = 5.0  # least width of a bar
DECADES = 7.0  # of the axis at most
TICK = 15.0  # least distance of decades with a number


@dataclass(frozen=True)
class _Axes:
    """Where bars lie: those of steps over t, with a place before and after for the single ones."""

    plot: Box
    prior: Box
    reconstruction: Box
    sums: Box
    low: float  # decimal logarithms of the ends of the axis
    high: float

    def x(self, t: float) -> float:
        """The pixel across of a time."""
        return self.plot.x + self.plot.width * t

    def y(self, nats: float) -> float:
        """The pixel down of a number of nats; the foot for none."""
        share = (math.log10(max(nats, 1e-300)) - self.low) / (self.high - self.low)
        return self.plot.y + self.plot.height * (1 - min(max(share, 0.0), 1.0))


def paint_elbo(painter: QPainter, stage: Stage) -> None:
    """Layer: everything."""
    forms = forms_of(stage.frame.bundle)
    if forms is None:
        return
    painter.save()
    with enlarged(painter, stage) as words:
        painter.setFont(title_font())
        axes, bars = _laid_out(words, forms)
        _paint_scale(painter, words, axes)
        _paint_terms(painter, words, axes, forms, bars)
        _paint_singles(painter, words, axes, forms)
        _paint_head(painter, words, axes, forms, bars)
        paint_bars(painter, words, axes.sums, sums_of(forms, words.theme))
    painter.restore()


def nearest(_frame: Frame, _px: float, _py: float, _width: float, _height: float) -> None:
    """No particle: there are none."""


def _laid_out(stage: Stage, forms: ElboForms) -> tuple[_Axes, Bars]:
    """The axes on the canvas, and as many bars as have room."""
    whole, sums = _halves(stage)
    left = LEFT + SLOT + APART
    plot = Box(
        whole.x + left,
        whole.y + HEAD,
        max(60.0, whole.width - left - APART - SLOT - EDGE),
        max(60.0, whole.height - HEAD - TICKS),
    )
    bars = bars_of(forms.second, int(plot.width / BAR))
    ends = abs(float(forms.second.reconstruction)), float(forms.second.prior)
    low, high = _decades(np.concatenate([bars.nats, ends]))
    prior = Box(plot.x - APART - SLOT, plot.y, SLOT, plot.height)
    after = Box(plot.x + plot.width + APART, plot.y, SLOT, plot.height)
    return _Axes(plot, prior, after, sums, low, high), bars


def _halves(stage: Stage) -> tuple[Box, Box]:
    """The boxes of the bars and of their sums: beside each other, or one below the other."""
    width, deep = stage.width, stage.height - below(stage)
    if width < NARROW:
        cut = 0.5 * deep
        return Box(0, 0, width, cut), Box(EDGE, cut + 8, width - 2 * EDGE, deep - cut)
    share, least, most = SUMS
    beside = min(max(share * width, least), most)
    whole = Box(0, 0, width - beside - 2 * EDGE, deep)
    return whole, Box(width - beside - EDGE, HEAD - 8, beside, deep - HEAD)


def below(stage: Stage) -> float:
    """The height of the legend and the caption."""
    lines, beside = placed(stage.frame.caption, stage.width - 2 * EDGE, TIME)
    rows = len(lines) + (not (lines and beside))
    return FOOT + LINE * (rows - 1)


def _decades(nats: Doubles) -> tuple[float, float]:
    """The ends of the axis: powers of ten around the positive values."""
    known = nats[np.isfinite(nats) & (nats > 0)]
    if not len(known):
        return -1.0, 0.0
    high = math.ceil(math.log10(float(known.max())) + 0.05)
    low = math.floor(math.log10(float(known.min())) - 0.02)
    return max(low, high - DECADES), high


def _paint_scale(painter: QPainter, stage: Stage, axes: _Axes) -> None:
    """Lines at powers of ten with their numbers, t below, and a frame."""
    metrics, plot, foot = QFontMetricsF(painter.font()), axes.plot, axes.plot.y + axes.plot.height
    decades = range(math.ceil(axes.low), math.floor(axes.high) + 1)
    every = max(1, math.ceil(TICK * len(decades) / plot.height))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, stage.vector)
    line = stage.pen(over(stage.theme, stage.theme.line, 0.8))
    for power in decades:
        y = axes.y(10.0**power)
        painter.setPen(line)
        painter.drawLine(QLineF(axes.prior.x, y, axes.reconstruction.x + SLOT, y))
        if power % every == 0:
            text = f"{10.0**power:g}" if -3 <= power <= 3 else f"1e{power}".replace("-", MINUS)
            painter.setPen(rgba(stage.theme.dim))
            left = axes.prior.x - 8 - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
    painter.setPen(rgba(stage.theme.dim))
    for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        text = f"{t:g}"
        x = axes.x(t) - metrics.horizontalAdvance(text) / 2
        painter.drawText(QPointF(x, foot + 18), text)
    painter.setPen(rgba(stage.theme.text))
    painter.drawText(QPointF(axes.x(0.5) - 3, foot + 36), "t")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.dim, 0.8))
    for box in (axes.prior, plot, axes.reconstruction):
        painter.drawRect(rect(box))


def _paint_terms(
    painter: QPainter, stage: Stage, axes: _Axes, forms: ElboForms, bars: Bars
) -> None:
    """The matching terms; the bar of the step at t is lit, and a line marks t."""
    T, k, foot = forms.schedule.T, forms.k(stage.frame.t), axes.plot.y + axes.plot.height
    painter.setPen(Qt.PenStyle.NoPen)
    for first, last, nats in zip(bars.first, bars.last, bars.nats, strict=True):
        left, right = axes.x(1 - last / T), axes.x(1 - (first - 1) / T)
        left, right = (round(each) for each in (left, right))  # or gaps would differ
        gap, y = 1.0 if right - left > BAR - 2 else 0.0, axes.y(nats)
        now = first <= k <= last
        painter.setBrush(rgba(stage.theme.text if now else colour_of(stage.theme, "matching")))
        painter.drawRect(QRectF(left, y, max(right - left - gap, 1.0), foot - y))
    x = axes.x(stage.frame.t)
    painter.setPen(stage.pen(stage.theme.text, 1.0, 1.4))
    painter.drawLine(QLineF(x, axes.plot.y, x, foot))


def _paint_singles(painter: QPainter, stage: Stage, axes: _Axes, forms: ElboForms) -> None:
    """Prior matching before all steps, and the reconstruction after them."""
    found = forms.second
    rows = (
        (axes.prior, "prior", found.prior, "prior"),
        (axes.reconstruction, "reconstruction", found.reconstruction, "k = 1"),
    )
    metrics = QFontMetricsF(painter.font())
    for box, name, value, below in rows:
        foot, y, colour = box.y + box.height, axes.y(abs(value)), colour_of(stage.theme, name)
        solid = Qt.BrushStyle.SolidPattern if value >= 0 else Qt.BrushStyle.BDiagPattern
        painter.setPen(stage.pen(colour, 1.0, 1.2))
        painter.setBrush(QBrush(rgba(colour), solid))
        painter.drawRect(QRectF(box.x + 6, y, box.width - 12, foot - y))
        for text, base in ((shown(value), box.y - 6), (below, foot + 18)):
            painter.setPen(rgba(stage.theme.text if base < foot else stage.theme.dim))
            x = box.x + (box.width - metrics.horizontalAdvance(text)) / 2
            painter.drawText(QPointF(x, base), text)


def _paint_head(painter: QPainter, stage: Stage, axes: _Axes, forms: ElboForms, bars: Bars) -> None:
    """What the bars are, and the term of the step at t."""
    metrics, room = QFontMetricsF(painter.font()), axes.plot.width + 2 * SLOT + 2 * APART
    each = "a bar for each step" if bars.each == 1 else f"each bar the sum of {bars.each:,} steps"
    lines = (
        (f"Nats, {each}", stage.theme.text),
        (term_words(forms, stage.frame.t), stage.theme.dim),
    )
    for k, (text, colour) in enumerate(lines):
        painter.setPen(rgba(colour))
        fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(axes.prior.x, axes.plot.y - HEAD + 20 + 19 * k), fitting)


def term_words(forms: ElboForms, t: float) -> str:
    """The step at t and its term."""
    k = forms.k(t)
    name = "reconstruction" if k == 1 else "matching"
    level = level_words(forms.schedule, 1 - k / forms.schedule.T)
    return f"{level}: {name} {nats_of(forms.term(k))}"


def nats_of(value: Estimate) -> str:
    """A number of nats with its error."""
    return typeset(to_error(value, value.error)) + " nats"


def shown(value: float) -> str:
    """A number in little room."""
    return typeset(plain(value, 2))


def sums_of(forms: ElboForms, theme: Theme) -> list[Bar]:
    """The terms one after another, their sum, that of the first form, and -log p."""
    found = forms.second
    after = float(found.reconstruction), float(found.reconstruction + found.matched)
    bars = [
        _bar("Reconstruction", found.reconstruction, theme, "reconstruction", 0.0),
        _bar("Denoising matching", found.matched, theme, "matching", after[0]),
        _bar("Prior matching", found.prior, theme, "prior", after[1]),
        _bar("Bound on −log p", found.total, theme, "total", 0.0, leads=found.exact is not None),
    ]
    if found.exact is not None:
        bars.append(_bar("−log p, exact", found.exact, theme, "exact", 0.0, leads=False))
    if forms.first is not None:
        bars.append(_bar("Bound, first form", forms.first.total, theme, "first", 0.0))
    return bars


def _bar(
    title: str, value: Estimate, theme: Theme, name: str, start: float, *, leads: bool = True
) -> Bar:
    words = typeset(to_error(value, value.error, DIGITS, fine=True))
    return Bar(
        title=title,
        value=words,
        start=start,
        end=start + float(value),
        colour=colour_of(theme, name),
        error=value.error,
        leads=leads,
    )


def colour_of(theme: Theme, name: str) -> Colour:
    """The colour of a term, in pictures and panels."""
    return getattr(theme, INKS[name])


DIGITS = 4  # of terms that add up, which are larger than their sum
INKS = {
    "reconstruction": "target",
    "matching": "learned",
    "prior": "source",
    "total": "text",
    "exact": "exact",
    "first": "dim",
}
