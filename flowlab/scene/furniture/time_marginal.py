"""The present in a picture with time across: the play head, and every process's marginal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPolygonF

from flowlab.core.array_types import Doubles, Floats
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.time_axes import TimeAxes, rect, title_font
from flowlab.scene.furniture.time_key import DOTTED, paint_mark, styled
from flowlab.scene.furniture.time_values import Strand, TimePlane, ground_of

FEWEST, MOST = 12, 64  # bins of a histogram
STRIP = 6.0  # width of the strip of a process at the play head
ROOM = 1.18  # factor on the highest density now that the panel has room for
SEEN = 0.005  # share of a cloud outside the picture from which it is said


@dataclass(frozen=True, eq=False)
class Histogram:
    """The density of a cloud in bins over the picture's reach."""

    edges: Doubles  # (B + 1,)
    values: Doubles  # (B,): the share of all particles in each bin over its width
    outside: float  # share of the particles that are lost, or outside the picture


def histogram(cloud: Floats, reach: tuple[float, float]) -> Histogram:
    """The histogram of all particles (N,), with more bins the more there are."""
    bins = round(min(max(2.5 * len(cloud) ** (1 / 3), FEWEST), MOST))
    low, high = reach
    width = (high - low) / bins
    inside = cloud[(cloud >= low) & (cloud < high)]  # NaN isn't inside
    places = ((inside - np.float32(low)) * np.float32(1 / width)).astype(np.intp)
    counts = np.bincount(np.minimum(places, bins - 1), minlength=bins)
    total = max(1, len(cloud))
    edges = np.linspace(low, high, bins + 1)
    return Histogram(edges, counts / (total * width), 1 - len(inside) / total)


def paint_present(painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes) -> None:
    """The play head with a strip and the particles of each process, and the panel beside."""
    made = [histogram(strand.cloud, plane.reach) for strand in plane.strands]
    top = _top(plane, made)
    _paint_head(painter, stage, plane, axes, made, top)
    _paint_panel(painter, stage, plane, axes, made, top)


def _top(plane: TimePlane, made: list[Histogram]) -> float:
    """The density at the panel's far edge: the exact curve's, so that it hardly jumps."""
    known = plane.density.now if plane.density is not None else np.zeros(0)
    highest = float(np.nanmax(known, initial=0.0))
    return ROOM * (highest or max((float(each.values.max()) for each in made), default=0.0) or 1.0)


def _paint_head(
    painter: QPainter,
    stage: Stage,
    plane: TimePlane,
    axes: TimeAxes,
    made: list[Histogram],
    top: float,
) -> None:
    x, plot = float(axes.x(stage.frame.t)), axes.plot
    painter.save()
    painter.setClipRect(QRectF(plot.x - 24, plot.y, plot.width + 48, plot.height))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for k, (strand, each) in enumerate(zip(plane.strands, made, strict=True)):
        left = x - 1 - STRIP if k == 0 else x + 1 + (k - 1) * STRIP
        painter.drawImage(
            QRectF(left, plot.y, STRIP, plot.height), _strip(each.values / top, strand.colour)
        )
    painter.setPen(stage.pen(stage.theme.text, 1.0, 1.6))
    painter.drawLine(QLineF(x, plot.y, x, plot.y + plot.height))
    for strand in reversed(plane.strands):
        _paint_particles(painter, stage, plane, axes, strand)
    painter.restore()


def _strip(shares: Doubles, colour: Colour) -> QImage:
    """A column of shades of a colour, from the top down."""
    alpha = np.sqrt(shares.clip(0.0, 1.0))[::-1]
    red, green, blue, covers = np.rint(np.array([*colour, 255])[:, None] * alpha).astype(np.uint32)
    pixels = (covers << 24) | (red << 16) | (green << 8) | blue
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, 1, len(pixels), 4, form).copy()


def _paint_particles(
    painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes, strand: Strand
) -> None:
    x = float(axes.x(stage.frame.t))
    rows = plane.bold or range(len(strand.here))
    for k in rows:
        if math.isfinite(strand.here[k]):
            colour = stage.theme.warn if strand.look == DOTTED else plane.colours[k]
            at = QPointF(x, float(axes.y(strand.here[k])))
            paint_mark(painter, stage, strand.look, at, colour, 4.6 if plane.bold else 3.6)


def _paint_panel(
    painter: QPainter,
    stage: Stage,
    plane: TimePlane,
    axes: TimeAxes,
    made: list[Histogram],
    top: float,
) -> None:
    side = axes.side
    _paint_words(painter, stage, axes, made, top)
    painter.save()
    painter.setClipRect(rect(side))
    if plane.density is not None:
        _paint_curve(painter, stage, plane, axes, top)
    for strand, each in zip(plane.strands, made, strict=True):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(styled(stage, strand.look, strand.colour, 1.0, 0.8))
        painter.drawPolyline(_steps(each, axes, top))
    painter.restore()


def _paint_curve(
    painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes, top: float
) -> None:
    """The exact density, or its estimate, as a filled curve."""
    assert plane.density is not None
    known = np.isfinite(plane.density.now)
    values, y = plane.density.now[known], axes.y(plane.density.x[known])
    if not len(values):
        return
    across = _across(axes, values, top)
    points = [QPointF(*place) for place in np.stack([across, y], 1).tolist()]
    base = [QPointF(axes.side.x, float(y[-1])), QPointF(axes.side.x, float(y[0]))]
    colour = ground_of(stage, plane.density)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(colour, 0.28))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, stage.vector or not stage.live)
    painter.drawPolygon(QPolygonF([*points, *base]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(colour, 1.0, 2.4))
    painter.drawPolyline(QPolygonF(points))


def _across(axes: TimeAxes, values: Floats, top: float) -> Floats:
    across: Floats = axes.side.x + axes.side.width * np.minimum(values / top, 2.0)
    return across


def _steps(each: Histogram, axes: TimeAxes, top: float) -> QPolygonF:
    x = np.repeat(_across(axes, each.values, top), 2)
    y = np.repeat(axes.y(each.edges), 2)[1:-1]
    return QPolygonF([QPointF(*place) for place in np.stack([x, y], 1).tolist()])


def _paint_words(
    painter: QPainter, stage: Stage, axes: TimeAxes, made: list[Histogram], top: float
) -> None:
    """The panel's title, the ends of its scale, and how much of a cloud lies outside."""
    side = axes.side
    painter.setFont(title_font())
    metrics = QFontMetricsF(painter.font())
    painter.setPen(rgba(stage.theme.text))
    painter.drawText(QPointF(side.x, side.y - 9), f"pₜ at t = {stage.frame.t:.2f}")
    painter.setPen(rgba(stage.theme.dim))
    foot = side.y + side.height + 18
    right = f"{top:.2g}"
    painter.drawText(QPointF(side.x, foot), "0")
    painter.drawText(QPointF(side.x + side.width - metrics.horizontalAdvance(right), foot), right)
    far = max((each.outside for each in made), default=0.0)
    if far > SEEN:
        painter.drawText(QPointF(side.x, foot + 18), f"up to {far:.0%} outside")
