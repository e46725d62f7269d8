"""Chains as strings through their beads: firm up to t, faint beyond.

Many strings take Qt longer than a frame has. So the faint ones are drawn once, and the firm ones
grow on an image of their own, a sixteenth of t at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.colours import moving
from flowlab.scene.base.image_cache import paint_grown, paint_kept
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour

PIECES = 16  # of a string, even in t, each with the colour of its time
HALO = 0.8  # opacity of the ground's colour around a string that is to stand out
FINEST = 160  # intervals of the strings that are many; more can't be told apart


@dataclass(frozen=True, eq=False)
class Strings:
    """Straight pieces between places (K, n, 2) in the plane at times (K,) from 0 to 1.

    The places of every sixteenth of t are among them; compared by identity, to be kept.
    """

    times: Floats
    xy: Floats

    @cached_property
    def cuts(self) -> list[int]:
        """Where the pieces begin, and the last one ends, (PIECES + 1,)."""
        found = np.searchsorted(self.times, np.linspace(0.0, 1.0, PIECES + 1) - 1e-9)
        return [int(k) for k in found]

    def at(self, t: float) -> Floats:
        """Places (n, 2) at t."""
        i = min(max(int(np.searchsorted(self.times, t, side="right")) - 1, 0), len(self.times) - 2)
        share = (t - self.times[i]) / (self.times[i + 1] - self.times[i])
        if share <= 0.0 or share >= 1.0:
            return self.xy[i] if share <= 0.0 else self.xy[i + 1]
        mixed: Floats = np.float32(1 - share) * self.xy[i] + np.float32(share) * self.xy[i + 1]
        return mixed


def strings(times: Floats, xy: Floats, finest: int = 0) -> Strings:
    """Strings through `xy` (K, n, 2), at no more than about `finest` times where that is given."""
    few = times if not finest or len(times) <= finest + 1 else np.linspace(0.0, 1.0, finest + 1)
    wanted = np.unique(np.concatenate([few, np.linspace(0.0, 1.0, PIECES + 1)]).astype(np.float64))
    kept = np.concatenate([[True], np.diff(wanted) > 1e-6])  # float32 misses 1/16 of a list
    kept[-1] = True
    return Strings(wanted[kept], interpolated(times, xy, wanted[kept]))


def interpolated(times: Floats, values: Floats, wanted: Floats) -> Floats:
    """`values` (K, ...) of ascending `times` at the times `wanted`, linear in between."""
    if len(times) == 1:
        return np.repeat(values, len(wanted), axis=0)
    i = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
    part = np.clip((wanted - times[i]) / (times[i + 1] - times[i]), 0.0, 1.0)
    share = part.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    mixed: Floats = (1 - share) * values[i] + share * values[i + 1]
    return np.where(share == 0.0, values[i], mixed)  # a place before a lost one is not lost


@dataclass(frozen=True)
class Look:
    """Opacity before and after t, the width, and a colour where it is not that of the time."""

    past: float
    future: float
    width: float = 1.0
    colour: Colour | None = None
    halo: float = 0.0  # how far the ground's colour reaches beyond each side

    def at(self, stage: Stage, piece: int) -> Colour:
        """Colour of a piece."""
        return self.colour or moving(stage.theme, (piece + 0.5) / PIECES)


Group = list[tuple[Strings, Look]]


def paint_strings(painter: QPainter, stage: Stage, name: str, group: Group) -> None:
    """Draw them, the first ones lowest: whole ones faintly, and firmly over them up to t."""
    paint_faint(painter, stage, name, group)
    paint_firm(painter, stage, name, group)


def paint_faint(painter: QPainter, stage: Stage, name: str, group: Group) -> None:
    """All of them as they are before t has come; kept as an image under `name`."""
    drawn = _drawn(stage, name, group)
    painter.save()
    paint_kept(painter, stage, name, tuple(group), drawn.around, drawn.whole)
    painter.restore()


def paint_firm(painter: QPainter, stage: Stage, name: str, group: Group) -> None:
    """Up to t; on the screen an image grows as t goes on."""
    t = min(max(stage.frame.t, 0.0), 1.0)
    begun = min(int(t * PIECES), PIECES - 1)
    drawn = _drawn(stage, name, group)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    paint_grown(painter, stage, f"{name} past", tuple(group), drawn.around, drawn.past, begun)
    drawn.present(painter, begun, t)
    painter.restore()


def _drawn(stage: Stage, name: str, group: Group) -> _Drawn:
    """The strings as pixels of this picture."""
    where = tuple(group), stage.frame.camera, stage.width, stage.height

    def make() -> tuple[list[Floats], tuple[Floats, float]]:
        pixels = [stage.pixels(some.xy) for some, _ in group]
        return pixels, _around(pixels, group)

    return _Drawn(stage, group, *stage.scratch.keep(f"{name} pixels", where, make))


def _around(pixels: list[Floats], group: Group) -> tuple[Floats, float]:
    """Some pixels between which all is, and how far beyond them it reaches."""
    flat = [some.reshape(-1, 2) for some in pixels]
    corners = [np.stack([np.fmin.reduce(some), np.fmax.reduce(some)]) for some in flat]
    return np.concatenate(corners), max(look.width + look.halo for _, look in group)


@dataclass(frozen=True)
class _Drawn:
    """Strings as pixels, and how each part of them is drawn."""

    stage: Stage
    group: Group
    pixels: list[Floats]
    around: tuple[Floats, float]

    def whole(self, painter: QPainter) -> None:
        """All of them as they are before t has come, on a ground of their own."""
        for pixels, (_, look) in zip(self.pixels, self.group, strict=True):
            if look.halo:
                ground = self.stage.theme.canvas
                self._stroke(painter, pixels, ground, HALO, look.width + 2 * look.halo)
            colour = look.colour or self.stage.theme.dim
            self._stroke(painter, pixels, colour, look.future, look.width)

    def past(self, painter: QPainter, pieces: range) -> None:
        """Whole pieces, each in the colour of its time."""
        for piece in pieces:
            for pixels, (some, look) in zip(self.pixels, self.group, strict=True):
                part = pixels[some.cuts[piece] : some.cuts[piece + 1] + 1]
                self._stroke(painter, part, look.at(self.stage, piece), look.past, look.width)

    def present(self, painter: QPainter, piece: int, t: float) -> None:
        """The piece that t is on, up to t."""
        for pixels, (some, look) in zip(self.pixels, self.group, strict=True):
            first, last = some.cuts[piece], some.cuts[piece + 1]
            cut = min(int(np.searchsorted(some.times, t, side="right")), last + 1)
            here = self.stage.pixels(some.at(t))[None]
            part = np.concatenate([pixels[first:cut], here])
            self._stroke(painter, part, look.at(self.stage, piece), look.past, look.width)

    def _stroke(
        self, painter: QPainter, points: Floats, colour: Colour, alpha: float, width: float
    ) -> None:
        """Lines through pixels (S, n, 2)."""
        if len(points) > 1 and alpha > 0.0:
            painter.setPen(self.stage.pen(colour, alpha, width))
            painter.drawPath(path_of(points.transpose(1, 0, 2)))
