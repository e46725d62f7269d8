"""Rings about particles, as large as the way that they have come."""

from __future__ import annotations

import numpy as np
from flowlab.core.lengths.plan import PathLengths
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from flowlab.scene.base.drawing import Drawing
from flowlab.scene.base.stage import Stage
from flowlab.scene.particles.particles import paint_particles

SCALE = 2.0  # pixels of a ring's radius for one unit of length


def paint_rings(painter: QPainter, stage: Stage) -> None:
    """Layer: a ring about each of the first particles."""
    bundle = stage.frame.bundle
    if bundle is None or not isinstance(bundle.extra, PathLengths):
        return  # the picture of another view, while this one is on its way
    values, t = bundle.extra.values, stage.frame.t
    lengths = [np.interp(t, bundle.times, values[:, i]) for i in range(values.shape[1])]
    painter.setPen(stage.pen(stage.theme.learned, 1.0, 1.5))
    for (x, y), length in zip(stage.pixels(stage.now[: len(lengths)]), lengths, strict=True):
        painter.drawEllipse(QPointF(x, y), SCALE * length, SCALE * length)


DRAWINGS = {"path_length": Drawing(layers=(paint_particles, paint_rings))}
