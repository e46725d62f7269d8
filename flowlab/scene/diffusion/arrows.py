"""Arrows of vectors that are measured by their typical length."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.layers.vectors import draw_arrows

LONG, MOST = 0.62, 1.25  # cells that an arrow of typical length takes, and at most
SHORT = 2.0  # pixels below which an arrow is left out


def draw_typical(
    painter: QPainter, stage: Stage, places: Floats, values: Floats, spacing: float, colour: Colour
) -> None:
    """Draw arrows about places (n, 2) so far apart, of vectors (n, 2) of typical length 1."""
    cell = spacing * stage.frame.camera.scale(stage.height)
    vectors = values * np.array([1, -1], np.float32)
    length = np.hypot(*vectors.T)
    pixels = cell * np.minimum(LONG * length, MOST)
    seen = pixels > SHORT
    along = (vectors[seen] / length[seen, None]).astype(np.float32)
    base = stage.pixels(places[seen])
    draw_arrows(painter, stage, base, along, pixels[seen].astype(np.float32), colour)
