"""Source and target as faint clouds behind everything."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.colours import glow_table
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.base.tone import toned
from flowlab.scene.layers.density import bandwidth, binned, smoothed

STRENGTH = {True: 0.34, False: 0.36}  # opacity at the densest place, in dark and in light
CELL = 3.0  # logical pixels
DEPTH = 1.1  # optical depth at a typical sample
SOFTEST = 6.0  # least smoothing for 5,000 samples, logical pixels
SHARPNESS = 0.24  # factor on Silverman's bandwidth: thin drawn strokes must stay thin


def paint_ends(painter: QPainter, stage: Stage) -> None:
    """Layer: the source, amber, and the target, blue, as faint clouds."""
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
            painter.drawImage(image_place(image, stage), image)
    painter.restore()


def image_place(image: QImage, stage: Stage) -> QRectF:
    """Where a coarse image of the whole picture is drawn; its last cells may exceed the picture."""
    cell = CELL if stage.live else CELL / 2
    return QRectF(0, 0, image.width() * cell, image.height() * cell)


def _cloud(stage: Stage, points: Floats, colour: Colour) -> QImage | None:
    """An image of the whole picture with one smooth cloud, coarser than the device."""
    cell = CELL if stage.live else CELL / 2
    shape = (math.ceil(stage.height / cell), math.ceil(stage.width / cell))
    place = stage.pixels(points) / np.float32(cell)
    least = SOFTEST * (5000 / max(len(points), 1)) ** (1 / 6)
    sigma = max(bandwidth(place, SHARPNESS), least / cell)
    light = smoothed(binned(place, shape), sigma)
    if light.sum() <= 0.0:
        return None
    table = glow_table(colour, stage.theme.dark, STRENGTH[stage.theme.dark])
    # the mean density at a sample doesn't depend on the number of samples
    mean = float((light * light).sum() / light.sum())
    return toned(light, DEPTH / mean, table, Scratch()).copy()
