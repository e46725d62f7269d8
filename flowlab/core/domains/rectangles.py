"""Rectangles, in which a step of any length is reflected by folding it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.document.limits import data, number
from flowlab.core.domains.domain import Rings
from flowlab.core.domains.results import NearestWall, Paths
from flowlab.core.domains.walled import Walled, set_center

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from flowlab.core.array_types import Doubles

_MANY = float(2**62)  # bounces, as many as are counted


@dataclass(frozen=True, kw_only=True)
class Rectangle(Walled):
    """A rectangle with sides along the axes."""

    width: float = number(1.0, 1e-6, 1e6, "Width", "From left to right")
    height: float = number(1.0, 1e-6, 1e6, "Height", "From bottom to top")
    center: tuple[float, float] = data((0.0, 0.0), "Centre", "Its middle")

    def __post_init__(self) -> None:
        super().__post_init__()
        set_center(self)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Its sides: x0, y0, x1, y1."""
        (x, y), w, h = self.center, self.width / 2, self.height / 2
        return x - w, y - h, x + w, y + h

    @property
    def rings(self) -> Rings:
        """The four corners."""
        x0, y0, x1, y1 = self.bounds
        return (np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]),)

    @property
    def area(self) -> float:
        """Width times height."""
        return self.width * self.height

    @property
    def perimeter(self) -> float:
        """The length of the four walls."""
        return 2 * (self.width + self.height)

    def within(self, x: Doubles) -> Doubles:
        """The points (n, 2), those outside moved to the nearest wall."""
        x0, y0, x1, y1 = self.bounds
        return np.clip(x, (x0, y0), (x1, y1))

    def depth_beyond(self, x: Doubles) -> Doubles:
        """How far (n,) points lie outside; 0 inside."""
        away = x - self.within(x)
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))

    def nearest(self, x: Doubles) -> NearestWall:
        """The walls nearest to points (n, 2)."""
        x0, y0, x1, y1 = self.bounds
        depths = np.stack([x[:, 0] - x0, x1 - x[:, 0], x[:, 1] - y0, y1 - x[:, 1]])
        wall, depth = depths.argmin(axis=0), depths.min(axis=0)
        normal = _NORMALS[wall]
        foot = self.within(x - depth[:, None] * normal)
        beyond = foot - x
        away = np.hypot(beyond[:, 0], beyond[:, 1])
        corner = (depth < 0) & (away > self.slack)
        turned = beyond / np.where(corner, away, 1.0)[:, None]
        normal = np.where(corner[:, None], turned, normal)
        return NearestWall(np.where(depth < 0, -away, depth), normal, foot)

    def follow(self, x: Doubles, step: Doubles, recorded: int = 0) -> Paths:
        """The reflected paths of particles, folded; hits are found by following them."""
        hits = super().follow(x, step, recorded).hits if recorded else None
        low, side = np.array(self.bounds[:2]), np.array([self.width, self.height])
        end = self.within(x) + step - low
        bounces, push = np.zeros(len(x), np.int64), np.zeros(len(x))
        out = np.flatnonzero(((end < 0) | (end > side)).any(axis=1))
        count = _crossings(end[out] / side)
        bounces[out] = np.minimum(count.sum(axis=1), _MANY).astype(np.int64)
        push[out] = _push(end[out], side, count).sum(axis=1)
        end[out] = _fold(end[out], side)
        return Paths(self.within(end + low), bounces, push, hits)

    def draw(self, n: int, rng: torch.Generator) -> Tensor:
        """Uniform samples (n, 2), float64."""
        import torch

        low, side = torch.tensor(self.bounds[:2]), torch.tensor([self.width, self.height])
        return torch.rand(n, 2, dtype=torch.float64, generator=rng) * side + low.double()


def _fold(end: Doubles, side: Doubles) -> Doubles:
    """Coordinates of the unfolded plane, back in [0, side]: every second copy is a mirror image."""
    turn = np.mod(end, 2 * side)
    return np.where(turn > side, 2 * side - turn, turn)


def _crossings(end: Doubles) -> Doubles:
    """How many walls lie between [0, 1] and a coordinate of the unfolded line, in widths."""
    return np.maximum(np.where(end > 0, np.ceil(end) - 1, -np.floor(end)), 0.0)


def _push(end: Doubles, side: Doubles, count: Doubles) -> Doubles:
    """Twice the depths beyond all walls on the way to a coordinate of the unfolded line."""
    beyond = np.where(end > 0, end - side, -end)  # the first of them; each next is a side less
    return 2 * count * (beyond - side * (count - 1) / 2)


_NORMALS = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
