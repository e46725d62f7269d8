"""How long a frame takes: reading the positions, and painting the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.document.view import COLOURS, View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.headless import ensure_app
from flowlab.scene.base.stage import Scratch
from flowlab.scene.canvas import paint

WIDTH, HEIGHT = 850, 720
COMPACT = 20_000  # more particles than these are compact, as the engine has them


@dataclass(frozen=True)
class DrawingRow:
    """Median times of one frame with `particles` particles: in total, and to read positions."""

    particles: int
    milliseconds: float
    trails: bool = True
    colour: str = "time"
    dpr: float = 1.0
    read: float = 0.0  # milliseconds of the whole that the positions of the dots take

    @property
    def paint(self) -> float:
        """Milliseconds of everything but reading positions."""
        return self.milliseconds - self.read


def measure_drawing(
    counts: Sequence[int] = (500, 5_000, 20_000, 100_000, 1_000_000),
    frames: int = 15,
    trails: bool = True,
    colour: str = "time",
    dpr: float = 1.0,
) -> list[DrawingRow]:
    """Paint a closed-form flow at 850 x 720 at several times for each number of particles."""
    ensure_app()
    view = View(show_trails=trails, colour=colour)
    return [_measured(eight_gaussians_flow(count), view, dpr, frames) for count in counts]


def measure_modes(
    counts: Sequence[int] = (100_000, 1_000_000), frames: int = 15
) -> Iterator[DrawingRow]:
    """Median times of one frame in every colour, with trails and without."""
    ensure_app()
    for count in counts:
        flow = eight_gaussians_flow(count)
        for colour in COLOURS:
            for trails in (True, False):
                yield _measured(flow, View(show_trails=trails, colour=colour), 1.0, frames)


def _measured(flow: Bundle, view: View, dpr: float, frames: int) -> DrawingRow:
    frame = Frame(bundle=flow, document=Document(view=view), camera=Camera(half_height=7))
    size = (round(WIDTH * dpr), round(HEIGHT * dpr))
    image, scratch = QImage(*size, QImage.Format.Format_RGB32), Scratch()
    image.setDevicePixelRatio(dpr)
    whole, reads = [], []
    for t in (0.0, *np.linspace(0.1, 0.95, frames)):
        reads.append(_read_time(flow, float(t), scratch))
        painter = QPainter(image)
        start = perf_counter()
        paint(painter, WIDTH, HEIGHT, replace(frame, t=float(t)), scratch=scratch, dpr=dpr)
        whole.append(1e3 * (perf_counter() - start))
        painter.end()
    count = flow.points.shape[1]
    # the first one fills caches
    spent, read = median(whole[1:]), median(reads[1:])
    return DrawingRow(count, spent, view.show_trails, view.colour, dpr, read)


def _read_time(flow: Bundle, t: float, scratch: Scratch) -> float:
    """Milliseconds of reading all positions once, the knots around t at hand."""
    out = scratch.places("measured", flow)
    flow.at(abs(t - 1e-4), out)  # near t, within [0, 1]
    start = perf_counter()
    flow.at(t, out)
    return 1e3 * (perf_counter() - start)


def eight_gaussians_flow(count: int) -> Bundle:
    """A Gaussian on its way to eight, each particle straight to a mode of its own, its class."""
    rng = np.random.default_rng(0)
    x0 = rng.standard_normal((count, 2))
    labels = rng.integers(0, 8, count)
    mode = labels * (np.pi / 4)
    x1 = 5 * np.stack([np.cos(mode), np.sin(mode)], 1) + 0.7 * rng.standard_normal((count, 2))
    times = np.linspace(0, 1, 9, dtype=np.float32)
    points = np.stack([(1 - t) * x0 + t * x1 for t in times]).astype(np.float32)
    slopes = np.broadcast_to((x1 - x0).astype(np.float32), points.shape).copy()
    few = slice(0, 5000)
    flow = Bundle(
        times=times,
        points=points,
        knot_velocities=slopes,
        labels=labels,
        source=points[0, few].copy(),
        target=points[-1, few].copy(),
    )
    return flow.compact() if count > COMPACT else flow
