"""The foot below pictures side by side: the caption, as wide as all of them, on its own ground."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEngine, QPainter

from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage, enlarged, rgba
from flowlab.scene.furniture.caption import placed
from flowlab.scene.furniture.legend import EDGE, LINE, paint_legend

ROW = 34.0  # logical pixels of a foot with one line


def foot_of(frame: Frame, width: float, key: float | None = None) -> float:
    """The height in pixels of the foot of a canvas, whose lowest line may begin with a key.

    `key` is the width of the key in logical pixels. A picture without a caption has as high a foot
    as its neighbour whose caption it is.
    """
    caption, room = frame.caption or frame.beside_caption, width / frame.words - 2 * EDGE
    lines, beside = placed(caption, room, key or 0.0)
    rows = len(lines) + (key is not None and not (lines and beside))
    return frame.words * (ROW + LINE * (rows - 1)) if rows else 0.0


def stage_of(
    painter: QPainter, width: float, height: float, frame: Frame, scratch: Scratch, dpr: float
) -> Stage:
    """The whole canvas as a stage."""
    vector = painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
    return Stage(frame, width, height, dpr, vector, scratch)


def paint_foot(painter: QPainter, stage: Stage) -> None:
    """Write the caption below all pictures."""
    foot = foot_of(stage.frame, stage.width)
    clear_foot(painter, stage, foot)
    with enlarged(painter, replace(stage, frame=replace(stage.frame, legend=False))) as words:
        paint_legend(painter, words)


def clear_foot(painter: QPainter, stage: Stage, foot: float) -> None:
    """Fill the foot with the ground of the canvas."""
    box = QRectF(0.0, stage.height - foot, stage.width, foot)
    painter.fillRect(box, rgba(stage.theme.canvas))
