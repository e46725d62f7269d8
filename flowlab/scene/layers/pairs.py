"""Straight lines between the points of some pairs, with a dot at each crossing of two lines."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.interpolants.crossings import crossings
from flowlab.scene.base.colours import moving
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour

PIECES = 6  # pieces of a line, each in the colour of its time
FIRM = 0.55  # opacity of a line
END, DOT = 2.4, 1.7  # radii of the ends and of crossings, logical pixels


def paint_pairs(painter: QPainter, stage: Stage) -> None:
    """Layer: the training pairs, amber at the source and blue at the target."""
    bundle = stage.frame.bundle
    if bundle is None or not stage.view.show_pairs or not len(bundle.pairs):
        return
    key = bundle, stage.view.layout
    ends, crossed = stage.scratch.cached("pairs", key, lambda: _laid_out(stage))
    shares = np.linspace(0.0, 1.0, PIECES + 1)[:, None, None]
    lines = stage.pixels((1 - shares) * ends[0] + shares * ends[1])  # (PIECES + 1, n, 2)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for piece in range(PIECES):
        colour = moving(stage.theme, (piece + 0.5) / PIECES)
        painter.setPen(stage.pen(colour, FIRM))
        painter.drawPath(path_of(lines[piece : piece + 2].transpose(1, 0, 2)))
    painter.setPen(Qt.PenStyle.NoPen)
    _dots(painter, stage.pixels(crossed), DOT, stage.theme.text, 0.6)
    _dots(painter, lines[0], END, stage.theme.source, 1.0)
    _dots(painter, lines[-1], END, stage.theme.target, 1.0)
    painter.restore()


def _laid_out(stage: Stage) -> tuple[Floats, Floats]:
    """Both ends (2, n, 2) in the view's layout, and the crossings (c, 2) of their lines."""
    bundle = stage.frame.bundle
    assert bundle is not None
    moved = [np.array(plane_offset(stage.view, bundle, t)) for t in (0.0, 1.0)]
    ends = np.stack([bundle.pairs[:, :2] + moved[0], bundle.pairs[:, 2:] + moved[1]])
    return ends, crossings(*ends).points


def _dots(painter: QPainter, places: Floats, radius: float, colour: Colour, alpha: float) -> None:
    painter.setBrush(rgba(colour, alpha))
    for x, y in places.tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)
