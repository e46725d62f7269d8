"""Chains as strings through their beads: firm up to t, faint beyond.

Qt takes longer than a frame to draw many strings. Therefore the faint ones are drawn once, and
the firm ones grow on an image of their own, a sixteenth of t at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.colours import moving
from flowlab.scene.base.image_cache import paint_cached, paint_grown
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour

PIECES = 16  # pieces of a string, even in t, each in the colour of its time
HALO = 0.8  # opacity of the background-coloured halo around a string that should stand out
FINEST = 160  # most intervals of each string if there are many strings; more can't be seen


@dataclass(frozen=True, eq=False)
class Strings:
    """Straight segments between places (K, n, 2) in the plane at times (K,) from 0 to 1.

    Their times include every sixteenth. Compared by identity, so that drawings can be cached.
    """

    times: Floats
    xy: Floats

    @cached_property
    def cuts(self) -> list[int]:
        """Where the pieces begin and the last one ends, (PIECES + 1,)."""
        rows = np.searchsorted(self.times, np.linspace(0.0, 1.0, PIECES + 1) - 1e-9)
        return [int(k) for k in rows]

    def at(self, t: float) -> Floats:
        """Return the places (n, 2) at t."""
        i = min(max(int(np.searchsorted(self.times, t, side="right")) - 1, 0), len(self.times) - 2)
        share = (t - self.times[i]) / (self.times[i + 1] - self.times[i])
        if share <= 0.0 or share >= 1.0:
            return self.xy[i] if share <= 0.0 else self.xy[i + 1]
        mixed: Floats = np.float32(1 - share) * self.xy[i] + np.float32(share) * self.xy[i + 1]
        return mixed


def strings(times: Floats, xy: Floats, finest: int = 0) -> Strings:
    """Strings through `xy` (K, n, 2), with no more than about `finest` times if that is given."""
    few = times if not finest or len(times) <= finest + 1 else np.linspace(0.0, 1.0, finest + 1)
    dense = np.unique(np.concatenate([few, np.linspace(0.0, 1.0, PIECES + 1)]).astype(np.float64))
    distinct = np.concatenate([[True], np.diff(dense) > 1e-6])  # a sixteenth in float32 may be off
    distinct[-1] = True
    return Strings(dense[distinct], interpolated(times, xy, dense[distinct]))


def interpolated(times: Floats, values: Floats, at: Floats) -> Floats:
    """`values` (K, ...) at ascending `times`, interpolated linearly at the times `at`."""
    if len(times) == 1:
        return np.repeat(values, len(at), axis=0)
    i = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    part = np.clip((at - times[i]) / (times[i + 1] - times[i]), 0.0, 1.0)
    share = part.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    mixed: Floats = (1 - share) * values[i] + share * values[i + 1]
    return np.where(share == 0.0, values[i], mixed)  # a finite place before a NaN stays finite


@dataclass(frozen=True)
class Look:
    """How strings look: opacity before and after t, width, and a colour unless the time's."""

    past: float
    future: float
    width: float = 1.0
    colour: Colour | None = None
    halo: float = 0.0  # width of the background-coloured edge on each side

    def at(self, stage: Stage, piece: int) -> Colour:
        """Return the colour of a piece."""
        return self.colour or moving(stage.theme, (piece + 0.5) / PIECES)


Group = list[tuple[Strings, Look]]


def paint_strings(painter: QPainter, stage: Stage, name: str, group: Group) -> None:
    """Draw groups of strings, the first lowest: entirely faint, then firm up to t."""
    paint_faint(painter, stage, name, group)
    paint_firm(painter, stage, name, group)


def paint_faint(painter: QPainter, stage: Stage, name: str, group: Group) -> None:
    """Draw all strings as they are before t reaches them, from an image cached under `name`."""
    drawing = _in_pixels(stage, name, group)
    painter.save()
    paint_cached(painter, stage, name, tuple(group), drawing.around, drawing.whole)
    painter.restore()


def paint_firm(painter: QPainter, stage: Stage, name: str, group: Group) -> None:
    """Draw the strings up to t; on the screen, on an image that grows with t."""
    t = min(max(stage.frame.t, 0.0), 1.0)
    begun = min(int(t * PIECES), PIECES - 1)
    drawing = _in_pixels(stage, name, group)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    paint_grown(painter, stage, f"{name} past", tuple(group), drawing.around, drawing.past, begun)
    drawing.present(painter, begun, t)
    painter.restore()


def _in_pixels(stage: Stage, name: str, group: Group) -> _StringPixels:
    """The strings in pixels of this picture."""
    where = tuple(group), stage.frame.camera, stage.width, stage.height

    def make() -> tuple[list[Floats], tuple[Floats, float]]:
        pixels = [stage.pixels(string.xy) for string, _ in group]
        return pixels, _around(pixels, group)

    return _StringPixels(stage, group, *stage.scratch.cached(f"{name} pixels", where, make))


def _around(pixels: list[Floats], group: Group) -> tuple[Floats, float]:
    """Pixels that bound all strings, and how far the drawing extends beyond them."""
    flat = [xy.reshape(-1, 2) for xy in pixels]
    corners = [np.stack([np.fmin.reduce(xy), np.fmax.reduce(xy)]) for xy in flat]
    return np.concatenate(corners), max(look.width + look.halo for _, look in group)


@dataclass(frozen=True)
class _StringPixels:
    """Strings in pixels, and how each part of them is drawn."""

    stage: Stage
    group: Group
    pixels: list[Floats]
    around: tuple[Floats, float]

    def whole(self, painter: QPainter) -> None:
        """Draw all strings as they are before t reaches them, with their halo."""
        for pixels, (_, look) in zip(self.pixels, self.group, strict=True):
            if look.halo:
                ground = self.stage.theme.canvas
                self._stroke(painter, pixels, ground, HALO, look.width + 2 * look.halo)
            colour = look.colour or self.stage.theme.dim
            self._stroke(painter, pixels, colour, look.future, look.width)

    def past(self, painter: QPainter, pieces: range) -> None:
        """Draw whole pieces, each in the colour of its time."""
        for piece in pieces:
            for pixels, (string, look) in zip(self.pixels, self.group, strict=True):
                points = pixels[string.cuts[piece] : string.cuts[piece + 1] + 1]
                self._stroke(painter, points, look.at(self.stage, piece), look.past, look.width)

    def present(self, painter: QPainter, piece: int, t: float) -> None:
        """Draw the piece that contains t, up to t."""
        for pixels, (string, look) in zip(self.pixels, self.group, strict=True):
            first, last = string.cuts[piece], string.cuts[piece + 1]
            cut = min(int(np.searchsorted(string.times, t, side="right")), last + 1)
            tip = self.stage.pixels(string.at(t))[None]
            points = np.concatenate([pixels[first:cut], tip])
            self._stroke(painter, points, look.at(self.stage, piece), look.past, look.width)

    def _stroke(
        self, painter: QPainter, points: Floats, colour: Colour, alpha: float, width: float
    ) -> None:
        """Draw lines through pixels (S, n, 2)."""
        if len(points) > 1 and alpha > 0.0:
            painter.setPen(self.stage.pen(colour, alpha, width))
            painter.drawPath(path_of(points.transpose(1, 0, 2)))
