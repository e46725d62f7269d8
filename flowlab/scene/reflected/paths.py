"""Paths of some particles between walls, step by step, with a mark at every bounce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.reflected.results import Motion, motion_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.colours import mix, moving
from flowlab.scene.base.lines import path_of, segments_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.layers.paths import emphasised, highlighted

BOUNCE, HEAD = 3.0, 3.2  # radii, logical pixels


@dataclass(frozen=True, eq=False)
class Bounced:
    """One particle's path with its bounces, by ascending t."""

    times: Floats  # (k,)
    places: Floats  # (k, 2)
    bounces: Floats  # (m,) their times
    walls: Floats  # (m, 2) their places

    @classmethod
    def of(cls, bundle: Bundle, motion: Motion | None, index: int) -> Bounced:
        """The path of a particle; without bounces where none were recorded."""
        own = bundle.select(np.array([index]))
        times, places = bundle.times, np.asarray(own.points)[:, 0]
        if motion is None:
            return cls(times, places, times[:0], places[:0])
        when, where = motion.hits.of(index)
        order = np.argsort(np.concatenate([times, when]), kind="stable")
        return cls(
            np.concatenate([times, when])[order],
            np.concatenate([places, where])[order],
            when,
            where,
        )

    def since(self, t: float, here: Floats, *, backwards: bool = True) -> Floats:
        """What the particle has passed (k, 2), from where it is at t back to its start.

        Backwards in time it started at t = 1.
        """
        if backwards:
            return np.concatenate([here[None], self.places[self.times > t]])
        return np.concatenate([here[None], self.places[self.times < t][::-1]])


def paint_bounced(painter: QPainter, stage: Stage) -> None:
    """Layer: the ways of some particles since their start, and where they met the walls."""
    bundle = stage.frame.bundle
    if bundle is None or not len(bundle.times):
        return
    bold = emphasised(stage.frame)
    chosen = list(dict.fromkeys([*highlighted(stage.frame), *bold]))
    painter.save()
    for number, index in enumerate(chosen):
        _paint(painter, stage, bundle, index, _colour(stage, number), index in bold)
    painter.restore()


def _paint(
    painter: QPainter, stage: Stage, bundle: Bundle, index: int, colour: Colour, bold: bool
) -> None:
    t = stage.frame.t
    path: Bounced = stage.scratch.cached(
        f"bounced {index}", bundle, lambda: Bounced.of(bundle, motion_of(bundle), index)
    )
    own: Bundle = stage.scratch.cached(
        f"bounced now {index}", bundle, lambda: bundle.select(np.array([index]))
    )
    backwards = bundle.direction == "reverse"
    passed = stage.pixels(path.since(t, own.at(t)[0], backwards=backwards))
    _stroke(painter, stage, passed, colour, bold)
    painter.setPen(stage.pen(colour, 1.0, 1.6))
    painter.setBrush(rgba(stage.theme.canvas))
    _discs(painter, stage.pixels(path.walls[path.bounces > t]), BOUNCE)
    painter.setPen(stage.pen(stage.theme.canvas, 0.85, 1.0))
    painter.setBrush(rgba(colour))
    _discs(painter, passed[:1], HEAD + bold)


def _stroke(painter: QPainter, stage: Stage, line: Floats, colour: Colour, bold: bool) -> None:
    """A line through points (k, 2); live ones are thin, or drawn in pieces, which is faster."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if stage.live and bold:
        painter.setPen(stage.pen(colour, 1.0, 2.0))
        painter.drawLines(segments_of(line[None]))
    else:
        painter.setPen(stage.pen(colour, 1.0, 1.0 if stage.live else 2.4 if bold else 1.4))
        painter.drawPath(path_of(line[None]))


def _colour(stage: Stage, number: int) -> Colour:
    """Colours that tell a few paths apart from each other, also by their lightness."""
    theme = stage.theme
    known = (theme.learned, theme.exact, theme.warn, mix(moving(theme, 1.0), theme.text, 0.3))
    return known[number % len(known)]


def _discs(painter: QPainter, places: Floats, radius: float) -> None:
    for x, y in places[np.isfinite(places).all(1)].tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)
