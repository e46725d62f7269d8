"""Time across, one coordinate up: a density behind, paths over it, and beside it the present.

It is drawn from plain arrays, so that every room with processes in time can show it.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from flowlab.core.array_types import Floats
from flowlab.scene.base.image_cache import paint_cached
from flowlab.scene.base.lines import path_of, segments_of
from flowlab.scene.base.stage import Stage, enlarged, rgba
from flowlab.scene.furniture.caption import placed
from flowlab.scene.furniture.legend import EDGE, LINE
from flowlab.scene.furniture.time_axes import TimeAxes, paint_axes, rect
from flowlab.scene.furniture.time_key import (
    DOTTED,
    SMOOTH,
    KeyEntry,
    height_of,
    paint_key,
    paint_mark,
    shaded,
    styled,
)
from flowlab.scene.furniture.time_marginal import paint_present
from flowlab.scene.furniture.time_values import DensityTable, Strand, TimePlane, ground_of

FADED = 0.22  # opacity of paths beside one that is pointed at
WALL, RING = 2.2, 2.8  # width of a wall's line, radius of a bounce
HALO = 4.4  # width of the ground's colour below smooth paths


def axes_of(plane: TimePlane, stage: Stage) -> TimeAxes:
    """Where the picture's axes lie."""
    lines, _ = placed(stage.frame.caption, stage.width - 2 * EDGE, 0.0)
    return TimeAxes.of(stage.width, stage.height, height_of(_entries(plane), stage.width),
                       plane.reach, marginal=bool(plane.strands),
                       foot=LINE * max(0, len(lines) - 1))  # fmt: skip


def paint_time_plane(painter: QPainter, stage: Stage, plane: TimePlane) -> None:
    """Draw everything; what doesn't depend on t comes from an image on the screen."""
    with enlarged(painter, stage) as words:
        axes = axes_of(plane, words)
        corners = np.array([[0.0, 0.0], [words.width, words.height]], np.float32)

        def draw(painter: QPainter) -> None:
            _paint_still(painter, words, plane, axes)

        painter.save()
        paint_cached(painter, words, "time plane", plane.key, (corners, 0.0), draw)
        painter.restore()
        if plane.strands:
            paint_present(painter, words, plane, axes)


def _paint_still(painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if plane.density is not None:
        _paint_density(painter, stage, plane.density, axes)
    paint_axes(painter, stage, axes, plane.name)
    paint_key(painter, stage, _entries(plane), ground_of(stage, plane.density))
    painter.save()
    painter.setClipRect(rect(axes.plot))
    _paint_walls(painter, stage, plane, axes)
    for k in _order(plane):
        for strand in plane.strands:
            _paint_path(painter, stage, plane, axes, strand, k)
        _paint_marks(painter, stage, plane, axes, k)
    painter.restore()
    for strand in plane.strands:
        _paint_ends(painter, stage, plane, axes, strand)


def _entries(plane: TimePlane) -> list[KeyEntry]:
    made = [KeyEntry(each.title, each.colour, each.look) for each in plane.strands]
    density = plane.density
    if density is not None:
        known = f"estimated from {density.samples:,} samples" if density.samples else "exact"
        more = "≥ " if density.peak > density.top else ""
        made.append(KeyEntry(f"{more}{density.top:.2g} per unit, {known}", before="pₜ: 0"))
    elif made:
        made.append(KeyEntry("pₜ is not known"))
    if len(plane.colours) and len(plane.strands) > 1:
        made.append(KeyEntry("one particle, one colour", spare=True))
    return made


def _paint_density(painter: QPainter, stage: Stage, density: DensityTable, axes: TimeAxes) -> None:
    image = shaded(density.values.T[::-1], density.top, ground_of(stage, density))
    half_t = 0.5 / (len(density.times) - 1)
    half_x = 0.5 * (density.x[1] - density.x[0])
    left, right = float(axes.x(-half_t)), float(axes.x(1 + half_t))
    top, foot = float(axes.y(density.x[-1] + half_x)), float(axes.y(density.x[0] - half_x))
    painter.save()
    painter.setClipRect(rect(axes.plot))
    painter.drawImage(QRectF(left, top, right - left, foot - top), image)
    painter.restore()


def _order(plane: TimePlane) -> list[int]:
    """The paths, those that are pointed at last."""
    return [k for k in range(len(plane.colours)) if k not in plane.bold] + list(plane.bold)


def _paint_path(
    painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes, strand: Strand, k: int
) -> None:
    """One path in its particle's colour and its process's style."""
    line = axes.pixels(strand.times, strand.paths[:, k : k + 1]).transpose(1, 0, 2)
    bold = k in plane.bold
    alpha = FADED if plane.bold and not bold else 1.0
    if strand.look == SMOOTH and alpha == 1.0:
        _stroke(painter, stage, line, stage.pen(stage.theme.canvas, 1.0, HALO))
    colour = stage.theme.warn if strand.look == DOTTED else plane.colours[k]
    _stroke(painter, stage, line, styled(stage, strand.look, colour, alpha, 1.7 if bold else 1.0))


def _stroke(painter: QPainter, stage: Stage, line: Floats, pen: QPen) -> None:
    """Draw a path; on the screen, a wide one as segments, which Qt draws faster."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    if stage.live and pen.style() == Qt.PenStyle.SolidLine and pen.widthF() > 1.0:
        painter.drawLines(segments_of(line))
    else:
        painter.drawPath(path_of(line))


def _paint_walls(painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes) -> None:
    """Lines along time where the furthest walls are."""
    painter.setPen(stage.pen(stage.theme.wall, 1.0, WALL))
    for value in plane.walls:
        y = float(axes.y(value))
        painter.drawLine(QPointF(float(axes.x(0.0)), y), QPointF(float(axes.x(1.0)), y))


def _paint_marks(painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes, k: int) -> None:
    """Rings where a path met a wall."""
    if k >= len(plane.marks) or not len(plane.marks[k]):
        return
    alpha = FADED if plane.bold and k not in plane.bold else 1.0
    painter.setPen(stage.pen(plane.colours[k], alpha, 1.4))
    painter.setBrush(rgba(stage.theme.canvas, alpha))
    for t, value in plane.marks[k].tolist():
        painter.drawEllipse(QPointF(float(axes.x(t)), float(axes.y(value))), RING, RING)


def _paint_ends(
    painter: QPainter, stage: Stage, plane: TimePlane, axes: TimeAxes, strand: Strand
) -> None:
    """Dots where paths begin and end, in the colours of source and target."""
    for row, colour in ((0, plane.ends[0]), (-1, plane.ends[1])):
        for k, value in enumerate(strand.paths[row].tolist()):
            if plane.reach[0] <= value <= plane.reach[1]:
                at = QPointF(float(axes.x(strand.times[row])), float(axes.y(value)))
                paint_mark(painter, stage, SMOOTH, at, colour, 4.5 if k in plane.bold else 2.8)
