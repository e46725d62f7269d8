"""Small pictures of point clouds, for cards, pickers and icons."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import glow_table
from flowlab.scene.base.layout import robust_extent
from flowlab.scene.base.stage import Scratch, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.base.tone import toned
from flowlab.scene.particles import splat


def thumbnail(
    points: Floats, size: int | tuple[int, int], colour: Colour, theme: Theme, dpr: float = 1.0
) -> QImage:
    """Picture of `points` (N, 2) with equal axes, on a raised card of `size` logical pixels."""
    width, height = (size, size) if isinstance(size, int) else size
    device = (round(width * dpr), round(height * dpr))
    image = QImage(*device, QImage.Format.Format_RGB32)
    image.fill(rgba(theme.raised))
    camera = Camera.fit(robust_extent(points), *device, margin=0.09)
    pixels = camera.to_screen(points, *device)
    window, scratch = splat.Window(0, 0, *device), Scratch()
    amount = splat.accumulator(window, scratch)
    radius = round(float(np.clip(1.1 * (4000 / max(len(points), 1)) ** 0.3, 0.8, 3.0)) * dpr, 1)
    splat.add_dots(amount, window, pixels, splat.stamps(radius), scratch=scratch)
    light = splat.inner(amount)
    gain = 0.8 * splat.exposure(light, np.pi * radius * radius)
    painter = QPainter(image)
    if theme.dark:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    painter.drawImage(0, 0, toned(light, gain, glow_table(colour, theme.dark), scratch))
    painter.end()
    image.setDevicePixelRatio(dpr)
    return image
