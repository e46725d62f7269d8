"""The particles of a second sampler as rings around those of the first."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.diffusion.results import twin_of
from flowlab.scene.base.stage import Stage

RINGS, RADIUS = 150, 4.5  # of the first particles; logical pixels


def paint_twins(painter: QPainter, stage: Stage) -> None:
    """Layer: rings where the other sampler has the first particles."""
    twin = twin_of(stage.frame.bundle)
    if twin is None:
        return
    index = np.arange(min(RINGS, twin.bundle.count))
    few = stage.scratch.cached("twins", twin.bundle, lambda: twin.bundle.select(index))
    places = stage.pixels(few.at(stage.frame.t))
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.text, 0.8))
    for x, y in places[np.isfinite(places).all(1)].tolist():
        painter.drawEllipse(QPointF(x, y), RADIUS, RADIUS)
    painter.restore()
