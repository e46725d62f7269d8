"""What a mouse can take hold of at the walls, and the one point that particles start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.document.limits import Invalid
from flowlab.core.reflected.edits import centre_of
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.uses import from_point
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.stage import Stage, rgba

MOST = 80  # corners that can be dragged one by one
CORNER, OVER, CROSS, POINT = 3.0, 5.0, 6.0, 7.0  # px: half sizes, and a radius
Grip = tuple[str, int, int]  # "corner", "edge", "wall", "centre" or "start"; ring and corner


@dataclass(frozen=True)
class Grips:
    """What is shown as `Frame.room_state`: all grips while the mouse is near, the one below it."""

    near: bool = False
    over: Grip | None = None


def has_corners(settings: Reflected) -> bool:
    """True if the corners of the walls can be dragged one by one."""
    return settings.walls == "drawn" and sum(map(len, settings.outline)) <= MOST


def paint_grips(painter: QPainter, stage: Stage) -> None:
    """Layer: the one point, if particles start there; and what the mouse can take hold of."""
    document, state = stage.frame.document, stage.frame.room_state
    settings = document.reflected
    painter.save()
    chosen = "start" in VIEWS[document.view.name].reads  # other views draw a point of their own
    if chosen and from_point(document):
        _paint_start(painter, stage, (settings.start_x, settings.start_y))
    if stage.live and isinstance(state, Grips) and state.near:
        _paint_corners(painter, stage, settings, state.over)
        _paint_centre(painter, stage, settings, state.over)
    painter.restore()


def _paint_start(painter: QPainter, stage: Stage, place: tuple[float, float]) -> None:
    at = _at(stage, place)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((stage.theme.canvas, 4.5), (stage.theme.target, 2.2)):
        painter.setPen(stage.pen(colour, 1.0, width))
        painter.drawEllipse(at, POINT, POINT)


def _paint_corners(painter: QPainter, stage: Stage, settings: Reflected, over: Grip | None) -> None:
    if not has_corners(settings):
        return
    painter.setPen(stage.pen(stage.theme.canvas, 1.0, 1.0))
    painter.setBrush(rgba(stage.theme.text))
    for number, ring in enumerate(settings.outline):
        for k, (x, y) in enumerate(stage.pixels(np.array(ring, np.float32)).tolist()):
            held = over == ("corner", number, k)
            half = OVER if held else CORNER
            painter.setBrush(rgba(stage.theme.learned if held else stage.theme.text))
            painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))


def _paint_centre(painter: QPainter, stage: Stage, settings: Reflected, over: Grip | None) -> None:
    try:
        at = _at(stage, centre_of(settings))
    except Invalid:  # there are no walls
        return
    held = over is not None and over[0] == "centre"
    arm = CROSS + 2 * held
    for colour, width in (
        (stage.theme.canvas, 4.5),
        (stage.theme.learned if held else stage.theme.text, 1.8),
    ):
        painter.setPen(stage.pen(colour, 1.0, width))
        painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0))
        painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm))


def _at(stage: Stage, place: tuple[float, float]) -> QPointF:
    pixels: Floats = stage.pixels(np.array([place], np.float32))
    return QPointF(float(pixels[0, 0]), float(pixels[0, 1]))
