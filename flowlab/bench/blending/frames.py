"""How long one picture takes to paint, t going on."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from time import perf_counter

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.canvas import paint


def median_ms(frame: Frame, width: int, height: int, frames: int) -> float:
    """Median ms of `frames` frames of that size, t rising from 0 to 1."""
    image, scratch = QImage(width, height, QImage.Format.Format_RGB32), Scratch()
    taken = []
    for t in np.linspace(0.0, 1.0, frames + 2):
        painter = QPainter(image)
        start = perf_counter()
        paint(painter, width, height, replace(frame, t=float(t)), scratch=scratch)
        taken.append(1e3 * (perf_counter() - start))
        painter.end()
    return median(taken[2:])  # the first two fill caches
