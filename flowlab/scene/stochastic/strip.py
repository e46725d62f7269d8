"""The interpolant at several times, side by side; the one nearest to the play head is framed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from flowlab.core.stochastic.strip_results import strip_of
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import moving
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, rgba
from flowlab.scene.furniture.pane_heading import EDGE, Heading, below
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles, tile_under
from flowlab.scene.stochastic.reach import reach_around

FRAME = 2.0  # logical pixels


def is_tiled(frame: Frame) -> bool:
    """Return True if the frame shows the interpolant at several times."""
    return strip_of(frame.bundle) is not None


def paint_tiled(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint a picture of each time, with its t."""
    paint_tiles(painter, _tiles(frame, width, height, dpr), scratch, dpr, paint_one)


def tile_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Camera, Box]:
    """Return the camera and the box of the picture that contains a pixel."""
    tile = tile_under(_tiles(frame, width, height, dpr), x, y)
    return tile.frame.camera, tile.box


def frame_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Frame, Box]:
    """Return the frame and the box of the picture whose particles lie under a pixel."""
    tile = tile_under(_tiles(frame, width, height, dpr), x, y)
    return tile.frame, tile.box


def _tiles(frame: Frame, width: float, height: float, dpr: float) -> list[Tile]:
    strip, bundle = strip_of(frame.bundle), frame.bundle
    assert strip is not None
    assert bundle is not None
    times = [float(t) for t in strip.times]
    places = boxes(len(times), width, height, dpr)
    headings = [_heading(frame, t, box) for t, box in zip(times, places, strict=True)]
    head = frame.words * (EDGE + headings[0].deep)
    reach, nearest = reach_around(bundle), int(np.argmin(np.abs(strip.times - frame.t)))
    return [
        Tile(
            replace(
                frame,
                t=t,
                camera=below(camera_in(frame.camera, (width, height), box, reach), box, head),
                blend_from=None,
                blend=1.0,
                beside=None,
                probe=None,
                lens=None,
                legend=False,
                caption=frame.caption if k == len(times) - 1 else "",
            ),
            box,
            partial(_write, frame=frame, heading=heading, t=t, now=k == nearest),
            still=True,
        )
        for k, (t, box, heading) in enumerate(zip(times, places, headings, strict=True))
    ]


def _heading(frame: Frame, t: float, box: Box) -> Heading:
    return Heading.of(f"t = {t:.3g}", [], box.width / frame.words, box.height / frame.words)


def _write(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    heading: Heading,
    t: float,
    now: bool,
) -> None:
    if now and frame.quality == "live":
        painter.setPen(QPen(rgba(frame.theme.learned), FRAME))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = FRAME / 2
        painter.drawRect(QRectF(inset, inset, width - FRAME, height - FRAME))
    painter.scale(frame.words, frame.words)
    heading.write(painter, frame.theme, moving(frame.theme, t))
