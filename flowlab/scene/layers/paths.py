"""Whole paths of a few particles, from their amber start to their blue end."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.colours import mix, moving, over
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of, segments_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.particles.ink_buffer import window_of

SAMPLES = 33  # points of a path; 8 pieces of 4 steps, each in the colour of its time
PIECES = 8
STEP = (SAMPLES - 1) // PIECES


def emphasised(frame: Frame) -> list[int]:
    """Particles drawn boldly: the pinned ones and the hovered one."""
    bold = [*frame.pinned, *([] if frame.hovered is None else [frame.hovered])]
    return [i for i in dict.fromkeys(bold) if _exists(frame, i)]


def highlighted(frame: Frame) -> list[int]:
    """Particles whose path the view shows: the first few."""
    if frame.bundle is None or not frame.view.show_paths:
        return []
    return list(range(min(frame.view.highlighted, frame.bundle.points.shape[1])))


@dataclass(frozen=True, eq=False)
class Lines:
    """Paths (SAMPLES, n, 2) in the plane; compared by identity, so that drawings can be cached."""

    name: str
    xy: Floats


@dataclass(frozen=True)
class Look:
    """How paths are drawn: their width, and a colour if it isn't that of the time."""

    bold: bool
    width: float
    colour: Colour | None

    @property
    def firm(self) -> float:
        """Opacity of the part that a particle has passed."""
        return 1.0 if self.bold else 0.8

    @property
    def faint(self) -> float:
        """Opacity of the part ahead of a particle."""
        return 0.75 if self.bold else 0.4

    def at(self, stage: Stage, sample: int) -> Colour:
        """Return the colour of the piece that begins at a sample."""
        return self.colour or moving(stage.theme, sample / (SAMPLES - 1))


def paint_paths(painter: QPainter, stage: Stage) -> None:
    """Layer: highlighted paths, then pinned and hovered ones, then a dragged one."""
    frame = stage.frame
    bold = emphasised(frame)
    thin = [i for i in highlighted(frame) if i not in bold]
    if thin:
        _paint(painter, stage, _lines(stage, "thin", thin), _now(stage, "thin", thin), False)
    if bold:
        _paint(painter, stage, _lines(stage, "bold", bold), _now(stage, "bold", bold), True)
    if frame.probe is not None:
        lines = Lines("probe", probe_paths(stage, frame.probe))
        now = frame.placed(frame.probe.at(frame.t), None, frame.t)
        _paint(painter, stage, lines, now, True, stage.theme.learned)


def _lines(stage: Stage, name: str, index: list[int]) -> Lines:
    """Whole paths, cached while only t or the camera changes."""
    frame = stage.frame

    def make() -> Lines:
        return Lines(name, frame.paths(np.array(index), SAMPLES))

    blend = frame.blend if frame.blend_from is not None else 1.0
    key = (frame.bundle, frame.blend_from, blend, tuple(index), frame.view.layout)
    lines: Lines = stage.scratch.cached(name, key, make)
    return lines


def _now(stage: Stage, name: str, index: list[int]) -> Floats:
    """Places (n, 2) of some particles at the frame's t, without computing all the others."""
    frame = stage.frame
    key = (frame.bundle, frame.before, tuple(index))
    new, old = stage.scratch.cached(f"{name} parts", key, lambda: frame.select(np.array(index)))
    return frame.between(new, old, frame.t)


def probe_paths(stage: Stage, probe: Bundle) -> Floats:
    """Paths (SAMPLES, n, 2) of a dragged start point, in the view's layout."""
    frame = stage.frame
    times = np.linspace(0.0, 1.0, SAMPLES)
    return frame.moved(probe.sampled(times), times)


def _paint(
    painter: QPainter,
    stage: Stage,
    lines: Lines,
    now: Floats,
    bold: bool,
    colour: Colour | None = None,
) -> None:
    pixels, here = stage.pixels(lines.xy), stage.pixels(now)
    cut = int(np.floor(stage.frame.t * (SAMPLES - 1)))
    look = Look(bold, 2.4 if bold else 1.5, colour)
    begun = min(cut // STEP * STEP, SAMPLES - 1 - STEP)
    if not _paint_still(painter, stage, lines, pixels, begun, look):
        _paint_rest(painter, stage, pixels, begun, look)
    ahead = np.concatenate([here[None], pixels[cut + 1 : begun + STEP + 1]])
    behind = np.concatenate([pixels[begun : cut + 1], here[None]])
    _stroke(painter, stage, ahead, colour or stage.theme.dim, look.faint, 1.0)
    _stroke(painter, stage, behind, look.at(stage, begun), look.firm, look.width)
    _dots(painter, here, colour or _head(stage), 3.4 if bold else 2.7, stage)


def _paint_rest(painter: QPainter, stage: Stage, pixels: Floats, begun: int, look: Look) -> None:
    """Draw what stays while the particles are on one piece: the other pieces, and the marks."""
    dim = look.colour or stage.theme.dim
    _stroke(painter, stage, pixels[begun + STEP :], dim, look.faint, 1.0)
    for start in range(0, begun, STEP):
        piece = pixels[start : start + STEP + 1]
        _stroke(painter, stage, piece, look.at(stage, start), look.firm, look.width)
    _marks(painter, stage, pixels[0], stage.theme.source, look.bold)
    _marks(painter, stage, pixels[-1], stage.theme.target, look.bold)


def _paint_still(
    painter: QPainter, stage: Stage, lines: Lines, pixels: Floats, begun: int, look: Look
) -> bool:
    """Draw the same from an image, if it was the same the last time; otherwise return False."""
    where = (lines, begun, stage.frame.camera, stage.width, stage.height, stage.dpr)
    key, slot = (*where, stage.theme, look), f"{lines.name} seen"
    seen = stage.scratch.cached(slot, key, list)
    seen.append(True)
    if not stage.live or stage.vector or len(seen) < 2:
        return False
    x, y, image = stage.scratch.cached(
        f"{lines.name} image", key, lambda: _image(stage, pixels, begun, look)
    )
    if image is not None:
        stage.draw(painter, image, x, y, light=False)
    return True


def _image(stage: Stage, pixels: Floats, begun: int, look: Look) -> tuple[int, int, QImage | None]:
    """Draw the same on the smallest image that contains it; return the image and its corner."""
    window = window_of(
        pixels * np.float32(stage.dpr), *stage.device, margin=math.ceil(9 * stage.dpr)
    )
    if window is None:
        return 0, 0, None
    image = QImage(window.width, window.height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-window.x, -window.y)
    painter.scale(stage.dpr, stage.dpr)
    _paint_rest(painter, stage, pixels, begun, look)
    painter.end()
    return window.x, window.y, image


def _stroke(
    painter: QPainter, stage: Stage, points: Floats, colour: Colour, alpha: float, width: float
) -> None:
    """Draw lines through points (S, n, 2)."""
    if len(points) < 2:
        return
    lines = points.transpose(1, 0, 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if stage.live and width > 1.0 and lines.shape[0] <= 40:
        # opaque, so that overlaps of the ends don't show
        painter.setPen(stage.pen(over(stage.theme, colour, alpha), 1.0, width))
        painter.drawLines(segments_of(lines))
    else:
        thin = 1.0 if stage.live else width
        painter.setPen(stage.pen(colour, alpha, thin))
        for line in [lines] if stage.live else lines[:, None]:
            painter.drawPath(path_of(line))


def _marks(painter: QPainter, stage: Stage, points: Floats, colour: Colour, bold: bool) -> None:
    """Mark where a path begins or ends: a dot, and a ring around it if the path is bold."""
    _dots(painter, points, colour, 3.0 if bold else 2.3, stage)
    if bold:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stage.pen(colour, 0.95, 1.6))
        for x, y in points[np.isfinite(points).all(1)].tolist():
            painter.drawEllipse(QPointF(x, y), 7.0, 7.0)


def _dots(painter: QPainter, points: Floats, colour: Colour, radius: float, stage: Stage) -> None:
    """Draw dots with a thin edge in the background's colour, which stand out of the cloud."""
    painter.setBrush(rgba(colour))
    painter.setPen(stage.pen(stage.theme.canvas, 0.85, 1.0))
    for x, y in points[np.isfinite(points).all(1)].tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _head(stage: Stage) -> Colour:
    """Colour of a highlighted particle: the cloud's, mixed with the text's."""
    return mix(moving(stage.theme, stage.frame.t), stage.theme.text, 0.5)


def _exists(frame: Frame, index: int) -> bool:
    return frame.bundle is not None and 0 <= index < frame.bundle.points.shape[1]
