"""The moving cloud as circles and lines, for vector files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats, Ints
from flowlab.scene.base.colours import moving
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.particles import splat
from flowlab.scene.particles.particle_colours import tint_of
from flowlab.scene.particles.trails import times


def paint_outlines(painter: QPainter, stage: Stage, radius: float) -> None:
    """Draw circles of `radius` logical pixels, and each trail in pieces that fade."""
    knots = _knots(stage)
    good = np.flatnonzero(splat.finite(knots).all(0))
    groups = list(_by_colour(stage, good))
    painter.save()
    if stage.view.show_trails and stage.frame.t > 0.0:
        for k, alpha in enumerate(np.linspace(0.4, 0.1, len(knots) - 1)):
            for colour, rows in groups:
                painter.setPen(stage.pen(colour, float(alpha), 0.6))
                painter.drawPath(path_of(knots[k : k + 2, rows].transpose(1, 0, 2)))
    if stage.view.show_particles:
        painter.setPen(Qt.PenStyle.NoPen)
        adapted = float(np.clip(0.9 * (1000 / max(len(good), 1)) ** 0.2, 0.4, 0.9))
        alpha = stage.view.opacity or adapted
        for colour, rows in groups:
            painter.setBrush(rgba(colour, alpha))
            for x, y in knots[0, rows].tolist():
                painter.drawEllipse(QPointF(x, y), max(radius, 0.6), max(radius, 0.6))
    painter.restore()


def paint_crosses(painter: QPainter, stage: Stage, places: Floats, radius: float) -> None:
    """Draw upright crosses with arms of `radius` logical pixels, for raw weights."""
    centre = stage.affine(stage.frame.t).times(1 / stage.dpr)
    xy = np.empty((len(places), 2), np.float32)
    centre.write(places, xy[:, 0], xy[:, 1])
    xy = xy[splat.finite(xy)][:, None]
    painter.save()
    painter.setPen(stage.pen(stage.theme.raw, 0.65, 0.9))
    for arm in ([radius, 0.0], [0.0, radius]):
        painter.drawPath(path_of(xy + np.array([arm, arm]) * [[-1], [1]]))
    painter.restore()


def _knots(stage: Stage) -> Floats:
    """Logical pixels (K, N, 2) of all particles, now and back along their trails."""
    frame = stage.frame
    knots = np.stack([frame.at(t) for t in times(stage)])
    return stage.pixels(knots)


def _by_colour(stage: Stage, index: Ints) -> Iterator[tuple[Colour, Ints]]:
    """The particles `index` in groups of one colour."""
    tint = tint_of(stage)
    if tint is None:
        yield stage.frame.cloud or moving(stage.theme, stage.frame.t), index
        return
    codes = tint.codes[index]
    for code in np.unique(codes).tolist():
        red, green, blue = tint.palette[code].tolist()
        yield (red, green, blue), index[codes == code]
