"""Uniform distributions: polygon, disc and checkerboard."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.categorical import (
    alias_table,
    blocks,
    log_sum_exp,
    sample_alias,
    uniform,
)
from flowlab.core.distributions.mixtures import circle
from flowlab.core.distributions.refusals import check_polygon
from flowlab.core.document import shapes


def triangulate(*rings: Doubles) -> Doubles:
    """Triangles (K, 3, 2) of a polygon, convex or not, from its rings (M, 2): outlines and holes.

    Horizontal slabs between consecutive corner heights cut it into trapezoids: no edges cross
    within a slab, so from left to right they alternately enter and leave the polygon.
    """
    a = np.concatenate(rings)
    b = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    low, high = np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])
    heights = np.unique(a[:, 1])
    parts = []
    for y0, y1 in itertools.pairwise(heights):
        spans = np.flatnonzero((low <= y0) & (high >= y1))
        inverse_slope = (b[spans, 0] - a[spans, 0]) / (b[spans, 1] - a[spans, 1])
        x0 = a[spans, 0] + inverse_slope * (y0 - a[spans, 1])
        x1 = a[spans, 0] + inverse_slope * (y1 - a[spans, 1])
        order = np.argsort(x0 + x1)
        x0, x1 = x0[order], x1[order]
        lower = np.stack([x0, np.full_like(x0, y0)], axis=1)
        upper = np.stack([x1, np.full_like(x1, y1)], axis=1)
        parts.append(np.stack([lower[::2], lower[1::2], upper[1::2]], axis=1))
        parts.append(np.stack([lower[::2], upper[1::2], upper[::2]], axis=1))
    return np.concatenate(parts)


def areas(triangles: Doubles) -> Doubles:
    """Areas (K,) of triangles (K, 3, 2)."""
    u, v = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2


@dataclass(frozen=True)
class Region:
    """A polygon before placement."""

    outline: Tensor  # corners (M, 2)
    triangles: Tensor  # (K, 6): a corner and two edges
    share: Tensor
    alias: Tensor
    area: float
    labels: None = None

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, None]:
        """Samples (n, 2): a triangle by area, then uniform in its parallelogram, folded."""
        return draw_in_triangles(self.triangles, self.share, self.alias, n, rng), None

    def has_density(self, sigma: float) -> bool:
        """True without blur."""
        return sigma == 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """-log(area) inside, -inf outside, (n,)."""
        del sigma
        parts = blocks(x, 4 * len(self.outline))
        inside = torch.cat([self._inside(part, slack) for part in parts])
        return _flat(inside, -math.log(self.area), x)

    def _inside(self, x: Tensor, slack: float) -> Tensor:
        a, b = self.outline, self.outline.roll(-1, 0)
        px, py = x[:, :1], x[:, 1:]
        spans = (a[:, 1] > py) != (b[:, 1] > py)
        rise = torch.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
        crossing = a[:, 0] + (py - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
        odd = (spans & (px < crossing)).sum(1) % 2 == 1
        edge = b - a
        foot = ((x[:, None] - a) * edge).sum(2) / edge.square().sum(1).clamp(min=1e-300)
        gap = x[:, None] - a - foot.clamp(0, 1).unsqueeze(2) * edge
        return odd | (gap.square().sum(2).amin(1) <= slack**2)


def draw_in_triangles(
    triangles: Tensor, share: Tensor, alias: Tensor, n: int, rng: torch.Generator
) -> Tensor:
    """Uniform samples (n, 2) of triangles (K, 6), each taken as often as the alias table says."""
    k = sample_alias(share, alias, n, rng)
    x, y, ux, uy, vx, vy = triangles.index_select(0, k).unbind(1)
    a, b = uniform(triangles, (2, n), rng)
    a, b = torch.where(a + b > 1, torch.stack([1 - a, 1 - b]), torch.stack([a, b]))
    return torch.stack([x + a * ux + b * vx, y + a * uy + b * vy], dim=1)


def _flat(inside: Tensor, log_height: float, x: Tensor) -> Tensor:
    return torch.where(inside, log_height, -math.inf).to(x.dtype)


def polygon(shape: shapes.Polygon) -> Region:
    """A polygon from its corners; raises `Invalid` if it crosses itself or has no area."""
    check_polygon(shape)
    vertices = np.array(shape.vertices, dtype=np.float64).reshape(-1, 2)
    return Region(torch.from_numpy(vertices), *filling(vertices))


def filling(*rings: Doubles) -> tuple[Tensor, Tensor, Tensor, float]:
    """Triangles (K, 6) that fill a polygon, an alias table by their areas, and the whole area."""
    triangles = triangulate(*rings)
    area = areas(triangles)
    triangles, area = triangles[area > 0], area[area > 0]
    edges = triangles[:, 1:] - triangles[:, :1]
    rows = np.concatenate([triangles[:, :1], edges], axis=1).reshape(-1, 6)
    share, alias = (torch.from_numpy(part) for part in alias_table(area))
    return torch.from_numpy(rows), share, alias, float(area.sum())


@dataclass(frozen=True)
class Annulus:
    """A disc, or an annulus, before placement."""

    radius: float
    hole: float  # inner radius as a share of the outer one
    outline: Tensor
    labels: None = None

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, None]:
        """Samples (n, 2)."""
        u, v = uniform(self.outline, (2, n), rng)
        r = self.radius * (self.hole**2 + (1 - self.hole**2) * u).sqrt()
        angle = 2 * math.pi * v
        return torch.stack([r * angle.cos(), r * angle.sin()], dim=1), None

    def has_density(self, sigma: float) -> bool:
        """True without blur."""
        return sigma == 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """-log(area) inside, -inf outside, (n,)."""
        del sigma
        r, inner = torch.linalg.vector_norm(x, dim=1), self.radius * self.hole
        inside = (r <= self.radius + slack) & (r >= inner - slack)
        return _flat(inside, -math.log(math.pi * (self.radius**2 - inner**2)), x)


def disc(shape: shapes.Disc) -> Annulus:
    """A disc about the origin."""
    return Annulus(shape.radius, shape.hole, circle(shape.radius))


@dataclass(frozen=True)
class Board:
    """A checkerboard before placement: squares with column + row even, lower left included."""

    count: int
    half_width: float
    dark: Tensor  # (K, 2): column and row of each dark square
    outline: Tensor

    @property
    def labels(self) -> Tensor:
        """The dark squares."""
        return torch.arange(len(self.dark))

    @property
    def side(self) -> float:
        """Side of one square."""
        return 2 * self.half_width / self.count

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Samples (n, 2), and the dark square (n,) of each."""
        u = uniform(self.dark, (n,), rng)
        k = (u * len(self.dark)).long().clamp_(max=len(self.dark) - 1)
        position = self.dark.index_select(0, k) + uniform(self.dark, (n, 2), rng)
        return position * self.side - self.half_width, k

    def has_density(self, sigma: float) -> bool:
        """True: a blurred box is a product of differences of normal CDFs."""
        return sigma >= 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """log of the mean over dark squares of (box * N(0, sigma^2 I)), (n,)."""
        log_height = -math.log(len(self.dark) * self.side**2)
        if sigma == 0:
            steps = [(i, j) for i in (-slack, slack) for j in (-slack, slack)]
            inside = [
                self._dark(x + torch.tensor(s, dtype=x.dtype, device=x.device)) for s in steps
            ]
            return _flat(torch.stack(inside).any(0), log_height, x)
        parts = [self._blurred(part, sigma) for part in blocks(x, len(self.dark))]
        return log_height + torch.cat(parts)

    def _dark(self, x: Tensor) -> Tensor:
        square = ((x + self.half_width) / self.side).floor()
        within = ((square >= 0) & (square < self.count)).all(1)
        return within & (square.sum(1) % 2 == 0)

    def _blurred(self, x: Tensor, sigma: float) -> Tensor:
        edges = torch.arange(self.count + 1, dtype=x.dtype, device=x.device)
        edges = edges * self.side - self.half_width
        logs = [_log_interval((edges - x[:, i : i + 1]) / sigma) for i in (0, 1)]
        column, row = self.dark.long().unbind(1)
        return log_sum_exp(logs[0][:, column] + logs[1][:, row])


def _log_interval(z: Tensor) -> Tensor:
    """log(Phi(z[:, k + 1]) - Phi(z[:, k])) of ascending z (n, K + 1), by the nearer tail."""
    low, high = z[:, :-1], z[:, 1:]
    flip = low + high > 0
    low, high = torch.where(flip, -high, low), torch.where(flip, -low, high)
    big: Tensor = torch.special.log_ndtr(high)
    return big + torch.log(-torch.expm1(torch.special.log_ndtr(low) - big))


def checkerboard(shape: shapes.Checkerboard) -> Board:
    """The dark squares of a board centred at the origin."""
    squares = [(i, j) for i in range(shape.count) for j in range(shape.count) if not (i + j) % 2]
    h = shape.half_width
    corners = torch.tensor([[-h, -h], [h, -h], [h, h], [-h, h]], dtype=torch.float64)
    return Board(shape.count, h, torch.tensor(squares, dtype=torch.float64), corners)
