"""Caches of drawings that stay the same from frame to frame, each an image of a part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.stage import Stage
from flowlab.scene.particles.ink_buffer import window_of


def paint_cached(
    painter: QPainter,
    stage: Stage,
    name: str,
    key: Hashable,
    around: tuple[Floats, float],
    draw: Callable[[QPainter], None],
    *,
    after: int = 1,
) -> None:
    """Call `draw`; on the screen, after `after` calls, paint a cached image instead.

    The image is cached under `name` while `key`, theme, camera and size stay the same. `draw` must
    paint within `around[1]` logical pixels of the pixels `around[0]` (..., 2).
    """
    view = (stage.frame.camera, stage.theme, stage.width, stage.height, stage.dpr)
    seen = stage.scratch.cached(f"{name} seen", (key, view), list)
    seen.append(True)
    if stage.vector or not stage.live or len(seen) <= after:
        draw(painter)
        return
    place, image = stage.scratch.cached(
        f"{name} image", (key, view), lambda: _image(stage, *around, draw)
    )
    if image is not None:
        stage.draw(painter, image, *place, light=False)


def paint_grown(
    painter: QPainter,
    stage: Stage,
    name: str,
    key: Hashable,
    around: tuple[Floats, float],
    draw: Callable[[QPainter, range], None],
    pieces: int,
) -> None:
    """Draw the first `pieces` pieces; on the screen, add to the image of those already drawn.

    `key` and `around` are as in `paint_cached`.
    """
    if stage.vector or not stage.live:
        draw(painter, range(pieces))
        return
    view = (stage.frame.camera, stage.theme, stage.width, stage.height, stage.dpr)
    grown: _GrowingImage = stage.scratch.cached(
        name, (key, view), lambda: _GrowingImage(stage, *around)
    )
    if grown.image is not None:
        grown.to(pieces, draw)
        stage.draw(painter, grown.image, *grown.place, light=False)


class _GrowingImage:
    """An image to which pieces are added one by one; it starts again when t goes back."""

    def __init__(self, stage: Stage, pixels: Floats, reach: float) -> None:
        self.place, self.image = clear_image(stage, pixels, reach)
        self._dpr, self._pieces = stage.dpr, 0

    def to(self, pieces: int, draw: Callable[[QPainter, range], None]) -> None:
        """Bring the image to the first `pieces` pieces."""
        assert self.image is not None
        if pieces < self._pieces:
            self.image.fill(0)
            self._pieces = 0
        if pieces > self._pieces:
            with painting_on(self.image, self.place, self._dpr) as painter:
                draw(painter, range(self._pieces, pieces))
            self._pieces = pieces


def _image(
    stage: Stage, pixels: Floats, reach: float, draw: Callable[[QPainter], None]
) -> tuple[tuple[int, int], QImage | None]:
    place, image = clear_image(stage, pixels, reach)
    if image is not None:
        with painting_on(image, place, stage.dpr) as painter:
            draw(painter)
    return place, image


def clear_image(
    stage: Stage, pixels: Floats, reach: float
) -> tuple[tuple[int, int], QImage | None]:
    """The corner and an empty image of the device pixels within `reach` of `pixels` (..., 2)."""
    margin = math.ceil(reach * stage.dpr) + 2
    window = window_of(pixels * np.float32(stage.dpr), *stage.device, margin=margin)
    if window is None:
        return (0, 0), None
    image = QImage(window.width, window.height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return (window.x, window.y), image


@contextmanager
def painting_on(image: QImage, place: tuple[int, int], dpr: float) -> Iterator[QPainter]:
    """Yield a painter on an image of a part of the picture, in the whole picture's pixels."""
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(-place[0], -place[1])
    painter.scale(dpr, dpr)
    try:
        yield painter
    finally:
        painter.end()
