"""Several pictures on one canvas, each a frame of its own in a box of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QPen

from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, rgba

ROOM = 1.1  # factor on the extent that must be visible


@dataclass(frozen=True)
class Tile:
    """One of several pictures, and what is written on it after it is painted."""

    frame: Frame
    box: Box
    write: Callable[[QPainter, float, float], None]
    still: bool = False  # the same at every t, so cached as an image


def paint_tiles(
    painter: QPainter,
    tiles: Sequence[Tile],
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint all tiles, each with memory of its own, and hairlines between neighbours."""
    for k, tile in enumerate(tiles):
        box = tile.box
        memory = scratch.other(k) if k < len(tiles) - 1 else scratch
        painter.save()
        painter.translate(box.x, box.y)
        painter.setClipRect(QRectF(0.0, 0.0, box.width, box.height))
        if tile.still and painter.paintEngine().type() == QPaintEngine.Type.Raster:
            key = tile.frame, box, dpr
            image = memory.other().cached(
                "still", key, partial(_image, tile, memory, dpr, paint_one)
            )
            painter.drawImage(QPointF(0.0, 0.0), image)
        else:
            paint_one(painter, box.width, box.height, tile.frame, memory, dpr)
        tile.write(painter, box.width, box.height)
        painter.restore()
    _paint_edges(painter, tiles)


def _image(tile: Tile, memory: Scratch, dpr: float, paint_one: PaintOne) -> QImage:
    """Paint a tile on an image of its own."""
    width, height = (round(side * dpr) for side in (tile.box.width, tile.box.height))
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(dpr)
    painter = QPainter(image)
    paint_one(painter, tile.box.width, tile.box.height, tile.frame, memory, dpr)
    painter.end()
    return image


def _paint_edges(painter: QPainter, tiles: Sequence[Tile]) -> None:
    if not tiles:
        return
    painter.setPen(QPen(rgba(tiles[0].frame.theme.line), 1.0))
    for box in (tile.box for tile in tiles):
        if box.x > 0:
            painter.drawLine(QLineF(box.x, box.y, box.x, box.y + box.height))
        if box.y > 0:
            painter.drawLine(QLineF(QPointF(box.x, box.y), QPointF(box.x + box.width, box.y)))


def boxes(count: int, width: float, height: float, dpr: float = 1.0) -> list[Box]:
    """Divide a canvas into `count` equal boxes, row by row, in the grid with the largest squares.

    Edges lie on whole device pixels.
    """
    grids = [c for c in range(1, count + 1) if count % c == 0]
    columns = max(grids, key=lambda c: (min(width / c, height / (count // c)), c))
    rows = count // columns
    xs = [_snapped(width * i / columns, dpr) for i in range(columns + 1)]
    ys = [_snapped(height * i / rows, dpr) for i in range(rows + 1)]
    return [
        Box(xs[i], ys[j], xs[i + 1] - xs[i], ys[j + 1] - ys[j])
        for j in range(rows)
        for i in range(columns)
    ]


def _snapped(value: float, dpr: float) -> float:
    return math.floor(value * dpr) / dpr


def camera_in(camera: Camera, canvas: tuple[float, float], box: Box, reach: Extent) -> Camera:
    """The camera for a box, from the camera of a canvas of size `whole` = (width, height).

    It doesn't cut off the extent `reach` (x0, x1, y0, y1) horizontally.
    """
    seen = camera.half_height * canvas[0] / canvas[1]
    needed = ROOM * max(abs(reach[0] - camera.centre_x), abs(reach[1] - camera.centre_x))
    half = max(camera.half_height, min(seen, needed) * box.height / box.width)
    return replace(camera, half_height=half)


def tile_under(tiles: Sequence[Tile], x: float, y: float) -> Tile:
    """The tile that contains a pixel; the last one for a pixel outside all."""
    return next((tile for tile in tiles if tile.box.holds(x, y)), tiles[-1])
