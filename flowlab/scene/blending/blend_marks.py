"""Dots, rings and two-coloured lines, with which the (de)blending views draw pairs."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from flowlab.core.array_types import Floats
from flowlab.scene.base.colours import moving
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour

PIECES = 12  # pieces of a line whose colour changes along it


def dots(
    painter: QPainter, places: Floats, radius: float, colour: Colour, alpha: float = 1.0
) -> None:
    """Draw round dots at pixels (n, 2), except at those that aren't finite."""
    pen = QPen(rgba(colour, alpha), 2 * radius)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPoints([QPointF(x, y) for x, y in places[np.isfinite(places).all(1)].tolist()])


def specks(
    painter: QPainter, stage: Stage, places: Floats, radius: float, colour: Colour, alpha: float
) -> None:
    """Draw many small dots; on the screen as images at whole pixels, in a fifth of the time."""
    if stage.vector or not stage.live:
        dots(painter, places, radius, colour, alpha)
        return
    stamp = _stamp(radius * stage.dpr, colour, alpha)
    places = places[np.isfinite(places).all(1)]
    painter.save()
    to_device = painter.transform()
    painter.resetTransform()
    shift = np.array([to_device.dx(), to_device.dy()]) - stamp.width() / 2
    for x, y in np.rint(places * stage.dpr + shift).astype(int).tolist():
        painter.drawImage(x, y, stamp)
    painter.restore()


@lru_cache(maxsize=16)
def _stamp(radius: float, colour: Colour, alpha: float) -> QImage:
    """An image of device pixels with a dot in its middle."""
    side = 2 * math.ceil(radius) + 2
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    dots(painter, np.array([[side / 2, side / 2]]), radius, colour, alpha)
    painter.end()
    return image


def rimmed(painter: QPainter, stage: Stage, places: Floats, radius: float, colour: Colour) -> None:
    """Draw dots with a rim in the background's colour, so that they stand out of a cloud."""
    dots(painter, places, radius + min(1.4, 0.35 * radius), stage.theme.canvas, 0.9)
    dots(painter, places, radius, colour)


def rings(
    painter: QPainter, stage: Stage, places: Floats, radius: float, colour: Colour, width: float
) -> None:
    """Draw hollow dots, filled with the background's colour."""
    dots(painter, places, radius + 0.5 * width, colour)
    dots(painter, places, radius - 0.5 * width, stage.theme.canvas)


def through(
    painter: QPainter,
    stage: Stage,
    ends: tuple[Floats, Floats],
    here: Floats,
    alpha: float,
    width: float,
) -> None:
    """Draw lines from pixels (n, 2) of x0, in amber, through `here` to those of x1, in blue."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for end, colour in zip(ends, (stage.theme.source, stage.theme.target), strict=True):
        lines = np.stack([end, np.broadcast_to(here, end.shape)], axis=1)
        lines = lines[np.isfinite(lines).all((1, 2))]
        painter.setPen(stage.pen(colour, alpha, width))
        painter.drawPath(path_of(lines))


def graded(
    painter: QPainter, stage: Stage, ends: tuple[Floats, Floats], alpha: float, width: float
) -> None:
    """Draw straight lines between pixels (n, 2), in the cloud's colours from t = 0 to t = 1."""
    start, end = ends
    good = np.isfinite(start).all(1) & np.isfinite(end).all(1)
    shares = np.linspace(0.0, 1.0, PIECES + 1)[:, None, None]
    lines = (1 - shares) * start[good] + shares * end[good]  # (PIECES + 1, n, 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for piece in range(PIECES):
        colour = moving(stage.theme, (piece + 0.5) / PIECES)
        painter.setPen(stage.pen(colour, alpha, width))
        painter.drawPath(path_of(lines[piece : piece + 2].transpose(1, 0, 2)))


def firmness(count: int) -> float:
    """Opacity of each of `count` lines: the more lines, the lower."""
    return min(max(0.9 * (40 / max(count, 1)) ** 0.35, 0.3), 0.85)
