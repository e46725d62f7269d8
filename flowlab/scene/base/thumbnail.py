"""Small pictures of point clouds, for cards, pickers and icons."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.core.document.shapes import Shape
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import glow_table
from flowlab.scene.base.end_colours import coloured
from flowlab.scene.base.layout import robust_extent
from flowlab.scene.base.stage import Scratch, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.base.tone import toned
from flowlab.scene.particles import splat


def thumbnail(
    points: Floats,
    size: int | tuple[int, int],
    colour: Colour,
    theme: Theme,
    dpr: float = 1.0,
    shape: Shape | None = None,
) -> QImage:
    """Picture of `points` (N, 2) with equal axes, on a raised card of `size` logical pixels.

    They have one colour, or those of their classes where they are of the ink of `shape`.
    """
    width, height = (size, size) if isinstance(size, int) else size
    device = (round(width * dpr), round(height * dpr))
    image = QImage(*device, QImage.Format.Format_RGB32)
    image.fill(rgba(theme.raised))
    camera = Camera.fit(robust_extent(points), *device, margin=0.09)
    pixels = camera.to_screen(points, *device)
    window, scratch = splat.Window(0, 0, *device), Scratch()
    radius = round(float(np.clip(1.1 * (4000 / max(len(points), 1)) ** 0.3, 0.8, 3.0)) * dpr, 1)
    painter = QPainter(image)
    if theme.dark:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    gain = 0.0  # of all colours, as the most frequent one would have it alone
    parts = sorted(coloured(shape, points, colour, theme), key=lambda part: -part[1].sum())
    for ink, mine in parts:
        amount = splat.accumulator(window, scratch)
        splat.add_dots(amount, window, pixels[mine], splat.stamps(radius), scratch=scratch)
        light = splat.inner(amount)
        gain = gain or 0.8 * splat.exposure(light, np.pi * radius * radius)
        painter.drawImage(0, 0, toned(light, gain, glow_table(ink, theme.dark), scratch))
    painter.end()
    image.setDevicePixelRatio(dpr)
    return image
