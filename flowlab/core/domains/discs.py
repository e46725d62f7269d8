"""The disc, in which all chords of a reflected step are turned at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.document.limits import data, number
from flowlab.core.domains.domain import Domain, Rings
from flowlab.core.domains.results import NearestWall, Paths, WallHits
from flowlab.core.domains.walled import set_center

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from flowlab.core.array_types import Doubles, Ints

CORNERS = 256  # of the polygon that is drawn
RECORDED = 64  # most hits of a particle and step that are recorded
_GRAZING = 1e-12  # the least cosine at a wall: a flatter path is this one
_MANY = float(2**62)  # bounces, as many as are counted


@dataclass(frozen=True, kw_only=True)
class Disc(Domain):
    """A disc."""

    radius: float = number(1.0, 1e-6, 1e6, "Radius", "From the centre to the wall")
    center: tuple[float, float] = data((0.0, 0.0), "Centre", "Its middle")

    def __post_init__(self) -> None:
        super().__post_init__()
        set_center(self)

    @property
    def rings(self) -> Rings:
        """A fine polygon, for drawing."""
        return (np.array(self.center) + self.radius * _circle(CORNERS),)

    @property
    def area(self) -> float:
        """Pi times the square of the radius."""
        return math.pi * self.radius**2

    @property
    def perimeter(self) -> float:
        """The length of the circle."""
        return 2 * math.pi * self.radius

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The smallest box around the disc: x0, y0, x1, y1."""
        (x, y), r = self.center, self.radius
        return x - r, y - r, x + r, y + r

    def nearest(self, x: Doubles) -> NearestWall:
        """The walls nearest to points (n, 2)."""
        away = x - self.center
        size = np.hypot(away[:, 0], away[:, 1])
        middle = size <= 1e-300
        outwards = away / np.where(middle, 1.0, size)[:, None]
        outwards[middle] = (1.0, 0.0)
        foot = np.array(self.center) + self.radius * outwards
        return NearestWall(self.radius - size, -outwards, foot)

    def follow(self, x: Doubles, step: Doubles, recorded: int = 0) -> Paths:
        """The reflected paths of particles, with the hits of the first `recorded` ones."""
        start = self.within(x) - self.center
        end, bounces, push = start + step, np.zeros(len(x), np.int64), np.zeros(len(x))
        out = np.flatnonzero((end * end).sum(axis=1) > self.radius**2)
        chords = _Chords.after(start[out], step[out], self.radius)
        end[out], push[out] = chords.end(), chords.push()
        bounces[out] = np.minimum(chords.count + 1, _MANY).astype(np.int64)
        hits = self._hits(out, chords, recorded) if recorded else None
        return Paths(end + self.center, bounces, push, hits)

    def _hits(self, out: Ints, chords: _Chords, recorded: int) -> WallHits:
        mine = out < recorded
        counts = np.minimum(chords.count[mine] + 1, RECORDED).astype(np.int64)
        which = np.repeat(np.flatnonzero(mine), counts)
        number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        angle = np.mod(chords.angle[which] + number * chords.turn[which], 2 * math.pi)
        place = np.stack([np.cos(angle), np.sin(angle)], axis=1) * self.radius
        return WallHits(out[which], place + self.center, angle * self.radius)

    def draw(self, n: int, rng: torch.Generator) -> Tensor:
        """Uniform samples (n, 2), float64."""
        import torch

        u, v = torch.rand(2, n, dtype=torch.float64, generator=rng)
        r, angle = self.radius * u.sqrt(), 2 * math.pi * v
        x, y = self.center
        return torch.stack([x + r * angle.cos(), y + r * angle.sin()], dim=1)


@dataclass(frozen=True)
class _Chords:
    """Equal chords of a circle about 0 that a step goes along after it first met the wall."""

    radius: float
    angle: Doubles  # (n,) where the wall is met first
    turn: Doubles  # (n,) from one hit to the next
    cosine: Doubles  # (n,) of the path to the normal, at every hit alike
    sine: Doubles  # (n,) along the wall, counter-clockwise
    left: Doubles  # (n,) what is left of the step at the first hit
    count: Doubles  # (n,) whole chords

    @classmethod
    def after(cls, x: Doubles, step: Doubles, radius: float) -> _Chords:
        """Of the steps (n, 2) from points (n, 2) of the disc, which all leave it."""
        length = np.hypot(step[:, 0], step[:, 1])
        unit = step / length[:, None]
        way = _to_circle(x, unit, radius)
        hit = x + way[:, None] * unit
        angle = np.arctan2(hit[:, 1], hit[:, 0])
        outwards = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        cosine = np.clip((unit * outwards).sum(axis=1), _GRAZING, 1.0)
        sine = outwards[:, 0] * unit[:, 1] - outwards[:, 1] * unit[:, 0]
        turn = np.copysign(2 * np.arctan2(cosine, np.abs(sine)), sine)
        left = np.maximum(length - way, 0.0)
        return cls(radius, angle, turn, cosine, sine, left, left // (2 * radius * cosine))

    def end(self) -> Doubles:
        """Where the steps end (n, 2)."""
        angle = self.angle + self.count * self.turn
        outwards = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        along = np.stack([-outwards[:, 1], outwards[:, 0]], axis=1)
        rest = np.maximum(self.left - self.count * 2 * self.radius * self.cosine, 0.0)
        path = self.sine[:, None] * along - self.cosine[:, None] * outwards
        end = self.radius * outwards + rest[:, None] * path
        size = np.hypot(end[:, 0], end[:, 1])
        return np.asarray(end * np.minimum(1.0, self.radius / np.maximum(size, 1e-300))[:, None])

    def push(self) -> Doubles:
        """How far the wall pushed back (n,), over all hits."""
        chord = 2 * self.radius * self.cosine
        total = self.left - chord * self.count / 2
        return np.asarray(2 * self.cosine * (self.count + 1) * total)


def _to_circle(x: Doubles, unit: Doubles, radius: float) -> Doubles:
    """How far (n,) it is from points inside to the circle along unit vectors."""
    along = (x * unit).sum(axis=1)
    room = np.maximum(radius**2 - (x * x).sum(axis=1), 0.0)
    root = np.sqrt(along**2 + room)
    way: Doubles = np.where(along > 0, room / np.maximum(along + root, 1e-300), root - along)
    return way


def _circle(count: int) -> Doubles:
    angle = 2 * math.pi * np.arange(count) / count
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
