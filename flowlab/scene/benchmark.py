"""How long a frame takes to paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.bundle import Bundle
from flowlab.core.document import View
from flowlab.scene.camera import Camera
from flowlab.scene.canvas import paint
from flowlab.scene.frame import Frame
from flowlab.scene.headless import ensure_app
from flowlab.scene.stage import Scratch

WIDTH, HEIGHT = 850, 720


@dataclass(frozen=True)
class DrawingRow:
    """Median time of one whole frame with `particles` particles."""

    particles: int
    milliseconds: float


def measure_drawing(
    counts: Sequence[int] = (500, 5_000, 20_000, 100_000), frames: int = 15, trails: bool = True
) -> list[DrawingRow]:
    """Paint a closed-form flow at 850 x 720 at several times for each number of particles."""
    ensure_app()
    return [DrawingRow(count, _frame_time(count, frames, trails)) for count in counts]


def _frame_time(count: int, frames: int, trails: bool) -> float:
    frame = Frame(bundle=_flow(count), view=View(show_trails=trails), camera=Camera(half_height=7))
    image, scratch = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32), Scratch()
    spent = []
    for t in (0.0, *np.linspace(0.1, 0.95, frames)):
        painter = QPainter(image)
        start = perf_counter()
        paint(painter, WIDTH, HEIGHT, replace(frame, t=float(t)), scratch=scratch)
        spent.append(1e3 * (perf_counter() - start))
        painter.end()
    return median(spent[1:])  # the first one fills caches


def _flow(count: int) -> Bundle:
    """A Gaussian on its way to eight, each particle straight to a mode of its own."""
    rng = np.random.default_rng(0)
    x0 = rng.standard_normal((count, 2))
    mode = rng.integers(0, 8, count) * (np.pi / 4)
    x1 = 5 * np.stack([np.cos(mode), np.sin(mode)], 1) + 0.7 * rng.standard_normal((count, 2))
    times = np.linspace(0, 1, 9, dtype=np.float32)
    points = np.stack([(1 - t) * x0 + t * x1 for t in times]).astype(np.float32)
    slopes = np.broadcast_to((x1 - x0).astype(np.float32), points.shape).copy()
    few = slice(0, 5000)
    source, target = points[0, few].copy(), points[-1, few].copy()
    return Bundle(times=times, points=points, slopes=slopes, source=source, target=target)
