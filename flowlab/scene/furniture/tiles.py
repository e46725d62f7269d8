"""Several pictures on one canvas, each a frame of its own in a box of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QPen

from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, rgba

ROOM = 1.1  # factor on the extent that must be visible
HEAD = 75.0  # that a heading of two lines takes
_MUCH = 1.25  # times as large squares are worth an empty place


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
    if not tiles:
        return
    _clear_beside(painter, tiles)
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


def _clear_beside(painter: QPainter, tiles: Sequence[Tile]) -> None:
    """Fill the last row, where there are places without a picture."""
    last = tiles[-1].box
    wide = max(tile.box.x + tile.box.width for tile in tiles)
    if sum(tile.box.width for tile in tiles if tile.box.y == last.y) < wide - 1:
        ground = QRectF(0.0, last.y, wide, last.height)
        painter.fillRect(ground, rgba(tiles[-1].frame.theme.canvas))


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
    painter.setPen(QPen(rgba(tiles[0].frame.theme.line), 1.0))
    for box in (tile.box for tile in tiles):
        if box.x > 0:
            painter.drawLine(QLineF(box.x, box.y, box.x, box.y + box.height))
        if box.y > 0:
            painter.drawLine(QLineF(QPointF(box.x, box.y), QPointF(box.x + box.width, box.y)))


def boxes(
    count: int, width: float, height: float, dpr: float = 1.0, head: float = 0.0
) -> list[Box]:
    """Divide a canvas into `count` equal boxes, row by row, so that squares in them are largest.

    Each has a heading so high above its square. The last row is shorter, and in the middle, only
    where that makes them much larger. Edges lie on whole device pixels.
    """
    columns = max(range(1, count + 1), key=lambda c: (_side(count, c, width, height, head), c))
    rows = math.ceil(count / columns)
    ys = [_snapped(height * j / rows, dpr) for j in range(rows + 1)]
    made = []
    for j, (top, foot) in enumerate(pairwise(ys)):
        here = min(columns, count - j * columns)
        left = (columns - here) / 2
        xs = [_snapped(width * (left + i) / columns, dpr) for i in range(here + 1)]
        made += [Box(x, top, right - x, foot - top) for x, right in pairwise(xs)]
    return made


def banded(
    count: int, bands: int, width: float, height: float, dpr: float = 1.0, head: float = 0.0
) -> list[Box]:
    """Divide a canvas into bands one below the other, each into its share of the `count` boxes.

    Fewer boxes than bands are divided as without.
    """
    if count < bands:
        return boxes(count, width, height, dpr, head)
    deep = _snapped(height / bands, dpr)
    return [
        replace(box, y=box.y + k * deep)
        for k in range(bands)
        for box in boxes(count // bands, width, deep, dpr, head)
    ]


def _side(count: int, columns: int, width: float, height: float, head: float) -> float:
    """The side of the squares in so many columns; of an incomplete grid less, as it is worth."""
    rows = math.ceil(count / columns)
    side = min(width / columns, height / rows - head)
    return side if rows * columns == count else side / _MUCH


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
