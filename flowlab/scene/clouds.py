"""Source and target as faint clouds behind everything."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from flowlab.scene import splat
from flowlab.scene.colours import glow_table
from flowlab.scene.layout import plane_offset
from flowlab.scene.stage import Scratch, Stage
from flowlab.scene.style import Colour

Floats = np.ndarray[Any, Any]

STRENGTH = {True: 0.34, False: 0.36}  # at the densest place, in dark and in light
DEPTH = 0.7  # of their exposure, so that the densest place stands out
COARSE = 2.0  # logical pixels to one of the cloud's: it is soft anyway
BLUR = 1.8  # of these


def paint_ends(painter: QPainter, stage: Stage) -> None:
    """Layer: where the particles come from, amber, and where they should go, blue."""
    bundle = stage.frame.bundle
    if bundle is None or not stage.view.show_ends:
        return
    ends = (bundle.source, stage.theme.source, 0.0), (bundle.target, stage.theme.target, 1.0)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if stage.theme.dark and not stage.vector:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    for points, colour, t in ends:
        moved = np.array(plane_offset(stage.view, bundle, t), np.float32)
        image = _cloud(stage, points + moved, colour)
        if image is not None:
            painter.drawImage(QRectF(0, 0, stage.width, stage.height), image)
    painter.restore()


def _cloud(stage: Stage, points: Floats, colour: Colour) -> QImage | None:
    """The whole picture with one soft cloud on it, coarser than the device."""
    coarse = min(COARSE, max(1.0, COARSE / stage.dpr)) if stage.live else COARSE / 2
    size = (math.ceil(stage.width / coarse), math.ceil(stage.height / coarse))
    k = size[0] / stage.width
    pixels = stage.pixels(points) * np.float32(k)
    sigma = BLUR * COARSE / coarse
    return soft_cloud(pixels, size, sigma, colour, stage.theme.dark)


def soft_cloud(
    pixels: Floats,
    size: tuple[int, int],
    sigma: float,
    colour: Colour,
    dark: bool,
    strength: float | None = None,
) -> QImage | None:
    """An image of `size` with a soft blob at each of `pixels` (N, 2); None without any."""
    window = splat.Window(0, 0, *size)
    if not len(pixels):
        return None
    own = Scratch()  # the image is kept, so its memory must be its own
    amount = splat.accumulator(window, own)
    splat.add_dots(amount, window, pixels, splat.soft_stamps(sigma))
    light = splat.inner(amount)
    gain = DEPTH * splat.exposure(light, 4 * math.pi * sigma * sigma)
    table = glow_table(colour, dark, STRENGTH[dark] if strength is None else strength)
    return splat.toned(light, gain, table, own).copy()
