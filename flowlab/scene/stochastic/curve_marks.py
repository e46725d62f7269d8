"""Characteristic curves through points that a person put down."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.stochastic.curves import Characteristics, characteristics_of
from flowlab.scene.base.colours import moving
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour

PIECES = 8  # of a curve, each in the colour of its time
HEAD, CHOSEN_HEAD, RING = 4.0, 5.5, 7.0  # radii, logical pixels
HALO = 2.0  # of ground around a line, which sets it off from particles


def paint_curves(painter: QPainter, stage: Stage) -> None:
    """Layer: every curve up to t and, fainter, after it; rings where it was put down."""
    found = characteristics_of(stage.frame.bundle)
    if found is None:
        return
    chosen = min(stage.frame.document.stochastic.curve, found.count - 1)
    others = [k for k in range(found.count) if k != chosen]
    painter.save()
    for index in (others, [chosen]):
        _paint(painter, stage, found, index, bold=index == [chosen])
    _rings(painter, stage, chosen)
    painter.restore()


def _paint(
    painter: QPainter, stage: Stage, found: Characteristics, index: list[int], *, bold: bool
) -> None:
    if not index:
        return
    t, lines = stage.frame.t, stage.pixels(found.points[:, index])  # (T, n, 2)
    here = stage.pixels(found.at(t)[index])
    last = len(found.times) - 1
    cut = min(int(np.floor(t * last)), last)
    width = 2.6 if bold else 1.6
    _stroke(painter, stage, lines, stage.theme.canvas, 0.6, width + HALO)
    ahead = np.concatenate([here[None], lines[cut + 1 :]])
    _stroke(painter, stage, ahead, stage.theme.dim, 0.85, 1.0)
    behind = np.concatenate([lines[: cut + 1], here[None]])
    size = -(-len(found.times) // PIECES)
    for begin in range(0, len(behind) - 1, size):
        colour = stage.theme.learned if bold else moving(stage.theme, begin / last)
        _stroke(painter, stage, behind[begin : begin + size + 1], colour, 1.0, width)
    _dots(painter, stage, lines[0], stage.theme.source, 2.6)
    _dots(painter, stage, lines[-1], stage.theme.target, 2.6)
    head = stage.theme.learned if bold else stage.theme.text
    _dots(painter, stage, here, head, CHOSEN_HEAD if bold else HEAD)


def _rings(painter: QPainter, stage: Stage, chosen: int) -> None:
    """Mark the points that the document's curves pass through, also before they are computed."""
    points = stage.frame.document.stochastic.curves
    places = stage.pixels(np.array(points, np.float64)[:, :2])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for k, (x, y) in enumerate(places.tolist()):
        colour = stage.theme.learned if k == chosen else stage.theme.text
        painter.setPen(stage.pen(colour, 0.95, 1.6))
        painter.drawEllipse(QPointF(x, y), RING, RING)


def _stroke(
    painter: QPainter, stage: Stage, points: Floats, colour: Colour, alpha: float, width: float
) -> None:
    if len(points) < 2:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(colour, alpha, width))
    painter.drawPath(path_of(np.ascontiguousarray(points.transpose(1, 0, 2), np.float64)))


def _dots(painter: QPainter, stage: Stage, points: Floats, colour: Colour, radius: float) -> None:
    painter.setBrush(rgba(colour))
    painter.setPen(stage.pen(stage.theme.canvas, 0.85, 1.0))
    for x, y in points[np.isfinite(points).all(1)].tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)
