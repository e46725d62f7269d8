"""The travelling cloud and its trails."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.bundle import Bundle
from flowlab.scene import splat
from flowlab.scene.colours import glow_table, moving
from flowlab.scene.frame import Frame
from flowlab.scene.layout import separation
from flowlab.scene.lines import path_of
from flowlab.scene.once import once_each
from flowlab.scene.stage import Stage, rgba

Floats = np.ndarray[Any, Any]

DOT = 1.5  # radius in logical pixels of one of 5,000 particles
VECTOR_DOTS = 20_000  # more than these are a picture even in a vector file
LONGEST_STEP = 1.6  # pixels between the samples of a trail, at most
SPACING = 1.5  # pixels between the samples of a typical trail
LEAST_SAMPLES = 6  # of a trail, or fewer trails are drawn
TRAIL_INK = 0.4  # of a trail at its bright end, as a share of its dot


@dataclass(frozen=True)
class Budget:
    """How many additions to pixels a frame may spend."""

    dots: int
    lines: int


LIVE, EXPORT = Budget(250_000, 40_000), Budget(4_000_000, 2_000_000)


def count_nonfinite(bundle: Bundle, t: float) -> int:
    """How many particles have no finite position at `t`; they are not drawn."""
    return int((~splat.finite(bundle.at(t))).sum())


def paint_particles(painter: QPainter, stage: Stage) -> None:
    """Layer: particles and trails, as light in dark and as ink in light."""
    view = stage.view
    if stage.frame.bundle is None or not (view.show_particles or view.show_trails):
        return
    if stage.vector and stage.frame.bundle.points.shape[1] <= VECTOR_DOTS:
        _paint_vectors(painter, stage)
    else:
        _paint_splat(painter, stage)


def _paint_splat(painter: QPainter, stage: Stage) -> None:
    frame, dpr = stage.frame, stage.dpr
    size = (round(stage.width * dpr), round(stage.height * dpr))
    budget = LIVE if stage.live else EXPORT
    now = frame.camera.to_screen(frame.at(frame.t), *size)
    trails = _trails(stage, size, budget.lines)
    seen = [now] if stage.view.show_particles or trails is None else []
    windows = [*seen, *([] if trails is None else [trails.reshape(-1, 2)])]
    window = splat.window_of(np.concatenate(windows), *size, margin=5)
    if window is None:
        return
    amount = splat.accumulator(window, stage.scratch)
    radius = dot_radius(len(now), dpr, budget.dots)
    area = dot_area(radius)
    if trails is not None:
        share = (len(now) / trails.shape[1]) ** 0.25  # fewer trails are firmer
        ink = TRAIL_INK * share / area
        splat.add_lines(amount, window, trails, _samples(trails, budget.lines), ink)
    if stage.view.show_particles:
        splat.add_dots(amount, window, now, splat.stamps(radius))
    light = splat.inner(amount)
    table = glow_table(moving(stage.theme, frame.t), stage.theme.dark)
    image = splat.toned(light, splat.exposure(light, area), table, stage.scratch)
    image.setDevicePixelRatio(dpr)  # a plain copy: given a rectangle Qt would scale, slower
    painter.save()
    if stage.theme.dark and not stage.vector:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    painter.drawImage(QPointF(window.x / dpr, window.y / dpr), image)
    painter.restore()


def dot_radius(count: int, dpr: float, budget: int) -> float:
    """Radius in device pixels: smaller when many, a tent (0.5) or a pixel (0) beyond the budget."""
    crowd = (5000 / max(count, 1)) ** (1 / 6 if count < 5000 else 1 / 3)
    radius = round(min(DOT * crowd, 3.2) * dpr, 1)
    if radius >= 0.7 and count * np.ceil(2 * radius + 1) ** 2 <= budget:
        return radius
    return 0.5 if 4 * count <= 2 * budget else 0.0


def dot_area(radius: float) -> float:
    """Pixels that one dot covers."""
    return max(float(np.pi) * radius * radius, 1.0 if radius == 0 else 2.0)


def _history(frame: Frame, steps: int = 3) -> Floats:
    """Positions (steps + 1, N, 2) in the plane, newest first: now, and back along the trail."""
    start = max(0.0, frame.t - frame.view.trail)
    return np.stack([frame.at(float(s)) for s in np.linspace(frame.t, start, steps + 1)])


def _trails(stage: Stage, size: tuple[int, int], budget: int) -> Floats | None:
    """Pixels (K, n, 2) of the trails, of every few particles only where there are very many."""
    frame = stage.frame
    if not frame.view.show_trails or frame.t <= 0.0 or frame.bundle is None:
        return None
    travelled = path_length(frame.bundle)
    if frame.view.layout == "side":
        travelled += separation(frame.bundle)
    long = travelled * frame.view.trail * frame.camera.scale(size[1])
    stride = _stride(frame.bundle.points.shape[1], long, budget)
    if stride > 1:
        old = frame.blend_from if frame.blend < 1.0 else None
        old = None if old is None else thinned(old, stride)
        frame = replace(frame, bundle=thinned(frame.bundle, stride), blend_from=old)
    return frame.camera.to_screen(_history(frame), *size)


def _stride(count: int, long: float, budget: int) -> int:
    """Power of two: every how many particles get a trail, if those are `long` pixels.

    Dotted trails are worse than fewer ones. It doesn't depend on t, so that none comes and goes.
    """
    samples = max(LEAST_SAMPLES, long / LONGEST_STEP)
    needed = count * samples / budget
    return 1 << max(0, math.ceil(math.log2(needed))) if needed > 1 else 1


@once_each
def path_length(bundle: Bundle) -> float:
    """Length, in units of the plane, of a typical long path."""
    few = bundle.points[:, :: max(1, bundle.points.shape[1] // 500)]
    steps = np.diff(few, axis=0)
    lengths = np.hypot(steps[..., 0], steps[..., 1]).sum(0)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.quantile(lengths, 0.8)) if len(lengths) else 1.0


def thinned(bundle: Bundle, stride: int) -> Bundle:
    """Every `stride`-th particle of a bundle; kept with the bundle."""
    parts = _parts(bundle)
    if stride not in parts:
        part = bundle.select(np.arange(0, bundle.points.shape[1], stride))
        parts[stride] = replace(part, source=bundle.source, target=bundle.target)
    return parts[stride]


@once_each
def _parts(_bundle: Bundle) -> dict[int, Bundle]:
    return {}


def _samples(knots: Floats, budget: int) -> int:
    """Samples of a trail: about one a pixel for most of them, within the budget."""
    moves = np.abs(knots[1:, ::7] - knots[:-1, ::7])
    reach = np.maximum(moves[..., 0], moves[..., 1]).sum(0)
    reach = np.sort(reach[np.isfinite(reach)])
    long = float(reach[int(0.97 * len(reach))]) if len(reach) else 1.0
    most = max(len(knots) - 1, budget // max(knots.shape[1], 1))
    return int(min(max(np.ceil(long / SPACING), len(knots) - 1), most))


def _paint_vectors(painter: QPainter, stage: Stage) -> None:
    """Circles and lines, for files that can be enlarged without end."""
    knots = stage.pixels(_history(stage.frame))
    knots = knots[:, splat.finite(knots).all(0)]
    count = knots.shape[1]
    colour = moving(stage.theme, stage.frame.t)
    painter.save()
    if stage.view.show_trails and stage.frame.t > 0.0:
        for k, alpha in enumerate(np.linspace(0.4, 0.1, len(knots) - 1)):
            painter.setPen(stage.pen(colour, float(alpha), 0.6))
            painter.drawPath(path_of(knots[k : k + 2].transpose(1, 0, 2)))
    if stage.view.show_particles:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            rgba(colour, float(np.clip(0.9 * (1000 / max(count, 1)) ** 0.2, 0.4, 0.9)))
        )
        radius = max(dot_radius(count, 1.0, EXPORT.dots), 0.6)
        for x, y in knots[0].tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.restore()
