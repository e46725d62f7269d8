"""Regions with straight edges: polygons, convex or not, and checkerboards."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowlab.core.distributions import polygons
from flowlab.core.document import shapes
from flowlab.core.document.shapes import Shape


@dataclass(frozen=True, eq=False)
class Outline:
    """A uniform region in float64: directed edges, with the region to the left of each.

    Edge k runs from `corners[k]` to `corners[following[k]]`; there may be several loops.
    """

    corners: Tensor  # (V, 2)
    following: Tensor  # (V,)
    pieces: Tensor  # (K, W, 2): convex parts, counter-clockwise
    area: float
    mean: Tensor  # (2,)

    @property
    def directions(self) -> Tensor:
        """Unit vectors (V, 2) along the edges."""
        return torch.nn.functional.normalize(self.corners[self.following] - self.corners)

    @property
    def size(self) -> float:
        """The longer side of its bounding box."""
        return float((self.corners.amax(0) - self.corners.amin(0)).max())

    def placed(self, shape: Shape) -> Outline:
        """Scaled, rotated and shifted as the shape says."""
        turn = cmath.rect(shape.scale, math.radians(shape.rotation))
        matrix = self.corners.new_tensor([[turn.real, turn.imag], [-turn.imag, turn.real]])
        offset = self.corners.new_tensor([shape.offset_x, shape.offset_y])
        return replace(
            self,
            corners=self.corners @ matrix + offset,
            pieces=self.pieces @ matrix + offset,
            area=self.area * shape.scale**2,
            mean=self.mean @ matrix + offset,
        )


def outline_of(shape: Shape) -> Outline | None:
    """The region of a polygon or a checkerboard without noise, else None.

    Raises `Invalid` for a polygon that has no area or crosses itself.
    """
    if shape.noise > 0:
        return None
    if isinstance(shape, shapes.Polygon):
        return _polygon(shape).placed(shape)
    if isinstance(shape, shapes.Checkerboard):
        return _board(shape).placed(shape)
    return None


def _polygon(shape: shapes.Polygon) -> Outline:
    region = polygons.polygon(shape)
    corners = region.outline
    corners = corners[(corners.roll(-1, 0) != corners).any(1)]  # a corner given twice has no edge
    if float(_cross(corners, corners.roll(-1, 0)).sum()) < 0:
        corners = corners.flip(0)
    ahead = corners.roll(-1, 0) - corners
    convex = bool((_cross(ahead, ahead.roll(-1, 0)) >= 0).all())
    following = torch.arange(len(corners)).roll(-1)
    return _outline(corners, following, corners[None] if convex else _triangles(region))


def _triangles(region: polygons.Region) -> Tensor:
    corner, u, v = region.triangles.reshape(-1, 3, 2).unbind(1)
    triangles = torch.stack([corner, corner + u, corner + v], 1)
    return triangles[_cross(u, v).abs() > 1e-12 * region.area]


def _board(shape: shapes.Checkerboard) -> Outline:
    board = polygons.checkerboard(shape)
    unit = board.dark.new_tensor([[0, 0], [1, 0], [1, 1], [0, 1]])
    squares = (board.dark[:, None] + unit) * board.side - board.half_width
    index = torch.arange(4 * len(squares)).reshape(-1, 4)
    return _outline(squares.reshape(-1, 2), index.roll(-1, 1).reshape(-1), squares)


def _outline(corners: Tensor, following: Tensor, pieces: Tensor) -> Outline:
    middle = corners.mean(0)
    a, b = corners - middle, corners[following] - middle
    twice = _cross(a, b)
    area = float(twice.sum()) / 2
    mean = middle + (twice[:, None] * (a + b)).sum(0) / (6 * area)
    return Outline(corners, following, pieces, area, mean)


def _cross(u: Tensor, v: Tensor) -> Tensor:
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
