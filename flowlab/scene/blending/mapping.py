"""The mapping: a straight line from each start to the point where the flow carries it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats, Ints
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.image_cache import paint_cached
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.blending.blend_marks import dots, firmness, rings
from flowlab.scene.blending.blend_view import END, paint_ended_lines
from flowlab.scene.layers.error_map import flow_error_of
from flowlab.scene.particles.particle_colours import Tint, meaning, tint_of


@dataclass(frozen=True)
class Mapped:
    """Particles at t = 0 and at t = 1, (n, 2) each, in the view's layout."""

    x0: Floats
    x1: Floats
    key: Hashable  # everything they depend on

    @property
    def both(self) -> tuple[Floats, Floats]:
        """Starts and ends."""
        return self.x0, self.x1


def mapped(stage: Stage, bundle: Bundle, old: Bundle | None, name: str) -> Mapped:
    """The ends of the particles that have a line, cached until they change."""
    frame = stage.frame
    count = min(frame.document.blending.pairs, bundle.points.shape[1])
    key = (bundle, old, frame.blend if old else 1.0, count, frame.view.layout)
    lines: Mapped = stage.scratch.cached(name, key, lambda: _mapped(frame, bundle, old, count, key))
    return lines


def _mapped(frame: Frame, bundle: Bundle, old: Bundle | None, count: int, key: Hashable) -> Mapped:
    few = bundle.select(np.arange(count))
    few_old = None if old is None else old.select(np.arange(count))
    return Mapped(frame.between(few, few_old, 0.0), frame.between(few, few_old, 1.0), key)


def paint_mapping(painter: QPainter, stage: Stage) -> None:
    """Layer: lines from amber starts to blue ends, or in the colours of their starts.

    Lines of the exact flow are green, with hollow ends.
    """
    bundle = stage.frame.bundle
    if bundle is None or not stage.frame.document.blending.pairs:
        return
    lines = mapped(stage, bundle, stage.frame.before, "mapped")
    if stage.frame.exact:
        _paint_exact(painter, stage, lines)
        return
    if flow_error_of(stage) is not None and bundle.exact is not None:
        _paint_exact(painter, stage, mapped(stage, bundle.exact, None, "truly mapped"))
    if meaning(stage) in ("start", "class"):
        _paint_tinted(painter, stage, lines)
    else:
        paint_ended_lines(painter, stage, "mapping", lines.key, lines.both)


def _paint_exact(painter: QPainter, stage: Stage, lines: Mapped) -> None:
    """Draw green lines, from amber dots to hollow ends."""
    start, end = (stage.pixels(points) for points in lines.both)
    green, width = stage.theme.exact, 1.0 if stage.live else 1.4

    def draw(painter: QPainter) -> None:
        _stroke(painter, stage, start, end, green, width)
        dots(painter, start, END, stage.theme.source)
        rings(painter, stage, end, END, green, 1.4)

    painter.save()
    paint_cached(painter, stage, "true lines", lines.key, (np.stack([start, end]), 3 * END), draw)
    painter.restore()


def _paint_tinted(painter: QPainter, stage: Stage, lines: Mapped) -> None:
    """Draw each line and its ends in its particle's own colour."""
    tint = tint_of(stage)
    assert tint is not None
    start, end = (stage.pixels(points) for points in lines.both)

    def draw(painter: QPainter) -> None:
        for colour, rows in _groups(tint, len(start)):
            _stroke(painter, stage, start[rows], end[rows], colour, 1.0 if stage.live else 1.4)
            dots(painter, start[rows], END, colour)
            dots(painter, end[rows], END, colour)

    key = lines.key, meaning(stage)
    painter.save()
    paint_cached(painter, stage, "tinted lines", key, (np.stack([start, end]), 2 * END), draw)
    painter.restore()


def _groups(tint: Tint, count: int) -> list[tuple[Colour, Ints]]:
    """The first `count` particles in groups of one colour."""
    codes = tint.codes[:count]
    groups: list[tuple[Colour, Ints]] = []
    for code in np.unique(codes).tolist():
        red, green, blue = tint.palette[code].tolist()
        groups.append(((red, green, blue), np.flatnonzero(codes == code)))
    return groups


def _stroke(
    painter: QPainter, stage: Stage, start: Floats, end: Floats, colour: Colour, width: float
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(colour, firmness(stage.frame.document.blending.pairs), width))
    painter.drawPath(path_of(np.stack([start, end], axis=1)))
