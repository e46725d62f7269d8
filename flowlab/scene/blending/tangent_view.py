"""The view of a tangent field: one of five pictures, or the map of its errors."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from flowlab.scene.base.stage import Stage
from flowlab.scene.blending.tangent_key import maps_error
from flowlab.scene.blending.tangent_lines import paint_arrows, paint_streamlines
from flowlab.scene.blending.tangent_pictures import (
    paint_colours,
    paint_error,
    paint_support,
    paint_texture,
)

LINES = {"arrows": paint_arrows, "streamlines": paint_streamlines}
FILLED = {"angle": paint_colours, "magnitude": paint_colours, "lic": paint_texture}


def paint_tangents(painter: QPainter, stage: Stage) -> None:
    """Layer: the chosen field as the chosen picture.

    A map of errors replaces colours, and lies under arrows and streamlines.
    """
    picture = stage.frame.document.blending.picture
    if maps_error(stage):
        paint_error(painter, stage)
    elif picture in FILLED:
        FILLED[picture](painter, stage)
    else:
        paint_support(painter, stage)
    if picture in LINES:
        LINES[picture](painter, stage)
