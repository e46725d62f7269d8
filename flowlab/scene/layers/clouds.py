"""Source and target as faint clouds behind everything."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.core.document.shapes import Shape
from flowlab.core.views.density_map import DensityMap
from flowlab.scene.base.colours import glow_table
from flowlab.scene.base.end_colours import coloured, role_colour
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.base.tone import toned
from flowlab.scene.layers.density import bandwidth, binned, cell_centres, density_on, smoothed

STRENGTH = {True: 0.34, False: 0.36}  # opacity at the densest place, in dark and in light
CELL = 3.0  # logical pixels
DEPTH = 1.1  # optical depth at a typical sample
SOFTEST = 6.0  # least smoothing for 5,000 samples, logical pixels
SHARPNESS = 0.24  # factor on Silverman's bandwidth: thin drawn strokes must stay thin


def paint_ends(painter: QPainter, stage: Stage) -> None:
    """Layer: the source, amber, and the target, blue, as faint clouds; ink as it was drawn."""
    bundle = stage.frame.bundle
    if bundle is None or not stage.view.show_ends:
        return
    clouds = (bundle.source, "source", 0.0), (bundle.target, "target", 1.0)
    frame = stage.frame
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if stage.theme.dark and not stage.vector:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    ends = zip(clouds, frame.shown_ends, frame.known_ends, strict=True)
    for (points, role, t), shape, known in ends:
        moved = np.array(plane_offset(stage.view, bundle, t), np.float32)
        light = _sampled(stage, points + moved) if known is None else _exact(stage, known, moved)
        for image in _toned(stage, light, role_colour(stage.theme, role), shape, moved):
            painter.drawImage(image_place(image, stage), image)
    painter.restore()


def image_place(image: QImage, stage: Stage) -> QRectF:
    """Where a coarse image of the whole picture is drawn; its last cells may exceed the picture."""
    cell = CELL if stage.live else CELL / 2
    return QRectF(0, 0, image.width() * cell, image.height() * cell)


def _cells(stage: Stage) -> tuple[float, tuple[int, int]]:
    """Width in pixels, and rows and columns, of the image's cells, coarser than the device."""
    cell = CELL if stage.live else CELL / 2
    return cell, (math.ceil(stage.height / cell), math.ceil(stage.width / cell))


def _exact(stage: Stage, known: DensityMap, moved: Floats) -> Floats:
    """Amounts (H, W) of light, by the density itself."""
    return density_on(stage, known, moved, *_cells(stage))


def _sampled(stage: Stage, points: Floats) -> Floats:
    """Amounts (H, W) of light, by smoothed samples."""
    cell, shape = _cells(stage)
    place = stage.pixels(points) / np.float32(cell)
    least = SOFTEST * (5000 / max(len(points), 1)) ** (1 / 6)
    sigma = max(bandwidth(place, SHARPNESS), least / cell)
    return smoothed(binned(place, shape), sigma)


def _toned(
    stage: Stage, light: Floats, own: Colour, shape: Shape, moved: Floats
) -> Iterator[QImage]:
    """An image for each colour of the amounts (H, W) of an end."""
    if light.sum() <= 0.0:
        return
    theme = stage.theme
    # the mean density at a sample depends neither on the number of samples nor on the unit
    mean = float((light * light).sum() / light.sum())
    places = np.stack(np.meshgrid(*cell_centres(stage, moved, *_cells(stage))), -1)
    for colour, here in coloured(shape, places, own, theme):
        table = glow_table(colour, theme.dark, STRENGTH[theme.dark])
        yield toned(np.where(here, light, 0), DEPTH / mean, table, Scratch()).copy()
