"""The walls: a firm line, and outside of it a ground that is not the picture's."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.flow_results import WallFlow
from flowlab.core.reflected.heat_results import HeatMaps, Tones, WallLikelihood
from flowlab.core.reflected.results import Motion, Sampling, SlowSteps, Ways
from flowlab.core.reflected.score_results import ScoreMaps
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.uses import from_target
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.stage import Stage, rgba

WIDTH = 2.2  # of the line, logical pixels
DOT = 2.6  # of the target's points
OUTSIDE = 0.09  # opacity of the ground outside
MARGIN = 0.04  # of the walls' size, around them


def paint_ground(painter: QPainter, stage: Stage) -> None:
    """Ground: what lies outside the walls."""
    rings = rings_of(stage.frame.document.reflected)
    if not rings:
        return
    outside = path_through(stage, rings)
    outside.addRect(QRectF(-8, -8, stage.width + 16, stage.height + 16))
    painter.fillPath(outside, rgba(stage.theme.wall, OUTSIDE))


def paint_walls(painter: QPainter, stage: Stage) -> None:
    """Layer: the line of the walls."""
    rings = rings_of(stage.frame.document.reflected)
    if not rings:
        return
    pen = stage.pen(stage.theme.wall, 1.0, WIDTH)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path_through(stage, rings))


def paint_refused(painter: QPainter, stage: Stage) -> None:
    """Layer: the target, where particles can't come from it: one sees what lies outside."""
    bundle = stage.frame.bundle
    if bundle is None or bundle.count or not from_target(stage.frame.document):
        return
    pixels = stage.pixels(np.asarray(bundle.target, np.float32))
    pen = stage.pen(stage.theme.target, 0.8, DOT)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    places = pixels[np.isfinite(pixels).all(axis=1)].tolist()
    painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in places]))


def path_through(stage: Stage, rings: tuple[Doubles, ...]) -> QPainterPath:
    """The closed rings in pixels; holes are holes of it."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for ring in rings:
        pixels = stage.pixels(ring.astype(np.float32)).tolist()
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in pixels]))
        path.closeSubpath()
    return path


@lru_cache(maxsize=8)
def rings_of(settings: Reflected) -> tuple[Doubles, ...]:
    """The rings of the walls; none while they enclose nothing."""
    try:
        return walls_of(settings).rings
    except Invalid:
        return ()


def extent(extra: object) -> Extent | None:
    """The box around the walls, with a margin; None for what has none."""
    maps = HeatMaps | Tones | WallLikelihood | ScoreMaps
    if not isinstance(extra, Motion | Ways | Sampling | SlowSteps | WallFlow | maps):
        return None
    x0, y0, x1, y1 = extra.bounds
    margin = MARGIN * max(x1 - x0, y1 - y0)
    return x0 - margin, x1 + margin, y0 - margin, y1 + margin
