"""Whole paths of a few particles, from their amber start to their blue end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.bundle import Bundle
from flowlab.scene.colours import mix, moving, over
from flowlab.scene.frame import Frame
from flowlab.scene.lines import path_of, segments_of
from flowlab.scene.stage import Stage, rgba
from flowlab.scene.style import Colour

Floats = np.ndarray[Any, Any]

SAMPLES = 33  # points of a path; 8 pieces of 4 steps, each with the colour of its time
PIECES = 8


def emphasised(frame: Frame) -> list[int]:
    """Particles to be drawn boldly: pinned and hovered ones."""
    wanted = [*frame.pinned, *([] if frame.hovered is None else [frame.hovered])]
    return [i for i in dict.fromkeys(wanted) if _exists(frame, i)]


def highlighted(frame: Frame) -> list[int]:
    """Particles whose path the view shows: the first few."""
    if frame.bundle is None or not frame.view.show_paths:
        return []
    return list(range(min(frame.view.highlighted, frame.bundle.points.shape[1])))


@dataclass(frozen=True, eq=False)
class Lines:
    """Paths (SAMPLES, n, 2) in the plane, compared by identity: what is drawn of them is kept."""

    name: str
    xy: Floats


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
    """Whole paths; kept while nothing but t and the camera changes."""
    frame = stage.frame

    def make() -> Lines:
        return Lines(name, frame.paths(np.array(index), SAMPLES))

    blend = frame.blend if frame.blend_from is not None else 1.0
    key = (frame.bundle, frame.blend_from, blend, tuple(index), frame.view.layout)
    kept: Lines = stage.scratch.keep(name, key, make)
    return kept


def _now(stage: Stage, name: str, index: list[int]) -> Floats:
    """Places (n, 2) of some particles at the frame's t; of very many, these few alone are read."""
    frame = stage.frame
    key = (frame.bundle, frame.before, tuple(index))
    new, old = stage.scratch.keep(f"{name} parts", key, lambda: frame.some(np.array(index)))
    return frame.between(new, old, frame.t)


def probe_paths(stage: Stage, probe: Bundle) -> Floats:
    """Paths (SAMPLES, n, 2) of a dragged start point, where the layout puts them."""
    frame = stage.frame
    times = np.linspace(0.0, 1.0, SAMPLES)
    return np.stack([frame.placed(probe.at(float(t)), None, float(t)) for t in times])


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
    dim, faint = colour or stage.theme.dim, 0.75 if bold else 0.4
    _stroke(painter, stage, np.stack([here, *pixels[cut + 1 : cut + 2]]), dim, faint, 1.0)
    _stroke(painter, stage, pixels[cut + 1 :], dim, faint, 1.0, (lines, cut))
    step, width = (SAMPLES - 1) // PIECES, 2.4 if bold else 1.5
    for start in range(0, cut + 1, step):
        whole = start + step <= cut
        piece = pixels[start : min(start + step, cut) + 1]
        if not whole:
            piece = np.concatenate([piece, here[None]])
        tint = colour or moving(stage.theme, start / (SAMPLES - 1))
        firm = 1.0 if bold else 0.8
        _stroke(painter, stage, piece, tint, firm, width, (lines, start) if whole else None)
    _marks(painter, stage, pixels[0], stage.theme.source, bold)
    _marks(painter, stage, pixels[-1], stage.theme.target, bold)
    _dots(painter, here, colour or _head(stage), 3.4 if bold else 2.7, stage)


def _stroke(
    painter: QPainter,
    stage: Stage,
    points: Floats,
    colour: Colour,
    alpha: float,
    width: float,
    part: tuple[Lines, int] | None = None,
) -> None:
    """Lines through points (S, n, 2); what Qt draws of a named part is kept until it moves."""
    if len(points) < 2:
        return
    along = points.transpose(1, 0, 2)
    wide = width > 1.0 and len(along) <= 40
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not stage.live:
        painter.setPen(stage.pen(colour, alpha, width))
        for line in along[:, None]:
            painter.drawPath(path_of(line))
    elif wide:
        # opaque, so that overlapping ends don't show
        painter.setPen(stage.pen(over(stage.theme, colour, alpha), 1.0, width))
        painter.drawLines(_kept(stage, part, "wide", lambda: segments_of(along)))
    else:
        painter.setPen(stage.pen(colour, alpha, 1.0))
        painter.drawPath(_kept(stage, part, "thin", lambda: path_of(along)))


def _kept(stage: Stage, part: tuple[Lines, int] | None, kind: str, make: Callable[[], Any]) -> Any:
    """What `make` makes of a part of lines, made anew only when those or the camera change."""
    if part is None:
        return make()
    lines, start = part
    key = (lines, start, stage.frame.camera, stage.width, stage.height)
    slot = start if kind == "wide" else 0
    return stage.scratch.keep(f"{lines.name} {kind} {slot}", key, make)


def _marks(painter: QPainter, stage: Stage, points: Floats, colour: Colour, bold: bool) -> None:
    """Where a path begins or ends: a dot, and a ring around that of an emphasised one."""
    _dots(painter, points, colour, 3.0 if bold else 2.3, stage)
    if bold:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stage.pen(colour, 0.95, 1.6))
        for x, y in points[np.isfinite(points).all(1)].tolist():
            painter.drawEllipse(QPointF(x, y), 7.0, 7.0)


def _dots(painter: QPainter, points: Floats, colour: Colour, radius: float, stage: Stage) -> None:
    """Dots with a thin edge of the ground's colour, so that they stand out of the cloud."""
    painter.setBrush(rgba(colour))
    painter.setPen(stage.pen(stage.theme.canvas, 0.85, 1.0))
    for x, y in points[np.isfinite(points).all(1)].tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _head(stage: Stage) -> Colour:
    """Colour of a highlighted particle itself: the cloud's, nearer to the text's."""
    return mix(moving(stage.theme, stage.frame.t), stage.theme.text, 0.5)


def _exists(frame: Frame, index: int) -> bool:
    return frame.bundle is not None and 0 <= index < frame.bundle.points.shape[1]
