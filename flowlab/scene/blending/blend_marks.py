"""Dots, rings and two-coloured lines of pairs: what the (de)blending views are drawn with."""

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

PIECES = 12  # of a line that goes from one colour to another


def dots(
    painter: QPainter, places: Floats, radius: float, colour: Colour, alpha: float = 1.0
) -> None:
    """Round dots at pixels (n, 2); those that are not finite are left out."""
    pen = QPen(rgba(colour, alpha), 2 * radius)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPoints([QPointF(x, y) for x, y in places[np.isfinite(places).all(1)].tolist()])


def specks(
    painter: QPainter, stage: Stage, places: Floats, radius: float, colour: Colour, alpha: float
) -> None:
    """Many small dots; on an image of the screen at whole pixels, in a fifth of the time."""
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
    """A dot amid an image of device pixels."""
    side = 2 * math.ceil(radius) + 2
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    dots(painter, np.array([[side / 2, side / 2]]), radius, colour, alpha)
    painter.end()
    return image


def rimmed(painter: QPainter, stage: Stage, places: Floats, radius: float, colour: Colour) -> None:
    """Dots with a rim of the ground's colour, which stand out of a cloud."""
    dots(painter, places, radius + min(1.4, 0.35 * radius), stage.theme.canvas, 0.9)
    dots(painter, places, radius, colour)


def rings(
    painter: QPainter, stage: Stage, places: Floats, radius: float, colour: Colour, width: float
) -> None:
    """Hollow dots filled with the ground."""
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
    """Lines from pixels (n, 2) of x0, amber, through `here` to those of x1, blue."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for end, colour in zip(ends, (stage.theme.source, stage.theme.target), strict=True):
        lines = np.stack([end, np.broadcast_to(here, end.shape)], axis=1)
        lines = lines[np.isfinite(lines).all((1, 2))]
        painter.setPen(stage.pen(colour, alpha, width))
        painter.drawPath(path_of(lines))


def graded(
    painter: QPainter, stage: Stage, ends: tuple[Floats, Floats], alpha: float, width: float
) -> None:
    """Straight lines between pixels (n, 2), in the cloud's colours from t = 0 to t = 1."""
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
    """Opacity of one of `count` lines: many of them must not become one blot."""
    return min(max(0.9 * (40 / max(count, 1)) ** 0.35, 0.3), 0.85)
