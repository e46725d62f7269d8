"""One point's way through the strips, and where the closed form puts it at each noise level."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.results import jump_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.layers.paths import emphasised

DEVIATIONS = 2.0  # of the ellipse
DOT, LINE, HALO = 3.4, 1.2, 3.4  # logical pixels; on a bright cloud a line needs a dark edge
_TURN = np.linspace(0.0, 2 * math.pi, 49)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], 1)


def marked(frame: Frame) -> int:
    """The point that is marked: the one pointed at, or pinned last, or the first."""
    return next(reversed(emphasised(frame)), 0)


def paint_marks(painter: QPainter, stage: Stage) -> None:
    """Layer: the way of one point so far, and of a noised one its law given where it began."""
    bundle = stage.frame.bundle
    if bundle is None or not bundle.count or not bundle.method:
        return
    index, t = marked(stage.frame), stage.frame.t
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    jump = jump_of(bundle)
    if jump is not None:
        mean, root = jump.at(bundle.at(1.0)[index], t)
        ring = stage.pixels((mean + DEVIATIONS * _CIRCLE @ root).astype(np.float32))
        for colour, width in ((stage.theme.canvas, HALO), (stage.theme.exact, 1.6)):
            painter.setPen(stage.pen(colour, 0.9, width))
            painter.drawPath(path_of(ring[None]))
    line = stage.pixels(_so_far(bundle, index, t, forward=jump is not None))
    for colour, width in ((stage.theme.canvas, HALO), (stage.theme.text, LINE)):
        painter.setPen(stage.pen(colour, 0.85, width))
        painter.drawPath(path_of(line[None]))
    painter.setPen(stage.pen(stage.theme.canvas, 1.0, 1.0))
    painter.setBrush(rgba(stage.theme.text))
    painter.drawEllipse(QPointF(*stage.pixels(bundle.at(t)[index]).tolist()), DOT, DOT)
    painter.restore()


def _so_far(bundle: Bundle, index: int, t: float, *, forward: bool) -> Floats:
    """The places (S, 2) of a point from where it began to where it is at t."""
    few = bundle.select(np.array([index]))
    times = few.times[few.times >= t] if forward else few.times[few.times <= t]
    along = [t, *times.tolist()] if forward else [*times.tolist(), t]
    return np.concatenate([few.at(float(each)) for each in along])
