"""The intersection of one region with another one that is mirrored, scaled and shifted.

If x = a u + b y, with u uniform on one region and y on the other, then given x, y is uniform on
`fixed` intersected with (x - a moving) / b. Both have straight edges, so by Green's theorem area
and moments are sums over edges, each clipped to the other region. A line enters or leaves a region
where consecutive corners lie on different sides of it, so integrals along the clipped edge are sums
of +-F(crossing), whatever the order of the crossings, and for non-convex regions too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.categorical import sample_weighted
from flowlab.core.exact.outlines import Outline

# Collinear edges would count twice or not at all by rounding: regions are shifted by this fraction
# of their size, in a direction that no edge has.
_NUDGE = (1e-10 * math.cos(1.0), 1e-10 * math.sin(1.0))
_EMPTY = 1e-9  # of the largest possible area: less counts as empty
_CELLS = 1 << 15  # corners times edges times points at once


@dataclass(frozen=True, eq=False)
class Intersection:
    """Moments of the intersection for each x; NaN where it is empty, and area 0.

    Its area (n,), mean (n, 2), E|y - mean|^2 (n,), and the gradient of log area in x (n, 2).
    """

    area: Tensor
    mean: Tensor
    variance: Tensor
    score: Tensor


def intersect(fixed: Outline, moving: Outline, x: Tensor, a: Tensor, b: Tensor) -> Intersection:
    """The intersection of `fixed` and (x - a moving) / b, x (n, 2); a, b (n, 1) of fixed sign."""
    rows = max(1, _CELLS // (len(fixed.corners) * len(moving.corners)))
    parts = [
        _intersect(fixed, moving, *part)
        for part in zip(*(torch.split(column, rows) for column in (x, a, b)), strict=True)
    ]
    columns = zip(*((p.area, p.mean, p.variance, p.score) for p in parts), strict=True)
    return Intersection(*(torch.cat(column) for column in columns))


def _intersect(fixed: Outline, moving: Outline, x: Tensor, a: Tensor, b: Tensor) -> Intersection:
    """The same for few points; points are the last axis (..., n), for speed."""
    corners0, corners1 = fixed.corners - fixed.mean, _to_fixed_frame(fixed, moving.corners, x, a, b)
    corners1 = corners1.permute(2, 1, 0).contiguous()  # (2, U, n)
    along0, along1 = fixed.directions, _orientation(a, b) * moving.directions
    out0, out1 = _normals(along0), _normals(along1)
    gap0 = (out0 * corners0).sum(1)[:, None]  # of the line of each edge from the origin, (V, 1)
    gap1 = (out1.T[..., None] * corners1).sum(0)  # (U, n)
    place = (along1.T[..., None] * corners1).sum(0)  # of each corner along its edge
    lines = torch.cat([out0, along0]) @ corners1.flatten(1)
    side, reach = lines.reshape(2, len(corners0), *gap1.shape)
    spans0 = _spans(
        side - gap0[..., None],
        reach,
        (along0 * corners0).sum(1)[:, None, None],
        (along0 * corners0[fixed.following]).sum(1)[:, None, None],
        moving.following,
    )
    spans1 = _spans(
        (out1 @ corners0.T)[..., None] - gap1[:, None],
        (along1 @ corners0.T)[..., None],
        place[:, None],
        (along1.T[..., None] * corners1[:, moving.following]).sum(0)[:, None],
        fixed.following,
    )
    area, first, second = (
        one + two
        for one, two in zip(
            _moments(gap0, out0, along0, spans0), _moments(gap1, out1, along1, spans1), strict=True
        )
    )
    largest = torch.clamp((a / b).square()[:, 0] * moving.area, max=fixed.area)
    nonempty = area > _EMPTY * largest
    positive_area = torch.where(nonempty, area, math.nan)
    mean, score = first / positive_area, (out1.T @ spans1[0]) / (b[:, 0] * positive_area)
    variance = second / positive_area - mean.square().sum(0)
    area = torch.where(nonempty, area, 0.0)
    return Intersection(area, fixed.mean + mean.T, variance.clamp(min=0), score.T)


def _to_fixed_frame(fixed: Outline, corners: Tensor, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """(x - a corners) / b for corners (..., 2), relative to the mean of `fixed`: (n, ..., 2)."""
    x, a, b = (part.reshape(len(x), *[1] * (corners.ndim - 1), -1) for part in (x, a, b))
    nudge = fixed.size * corners.new_tensor(_NUDGE)
    return (x - b * fixed.mean - a * corners) / b + nudge


def _orientation(a: Tensor, b: Tensor) -> float:
    """1 if the edges of the mirrored region keep their orientation, else -1."""
    return -1.0 if bool((a * b > 0).any()) else 1.0


def _normals(along: Tensor) -> Tensor:
    return torch.stack([along[..., 1], -along[..., 0]], -1)


def _crossings(side: Tensor, along: Tensor, following: Tensor) -> tuple[Tensor, Tensor]:
    """Where the line of each edge crosses the other region's boundary.

    `side` is each corner's distance to the right of the line, `along` its position on it, with
    corners on the last but one axis. The sign is +1 where the line leaves the region, -1 where it
    enters, 0 where it does not cross.
    """
    ahead, further = (part.index_select(-2, following) for part in (side, along))
    sign = (ahead < 0).to(side.dtype) - (side < 0).to(side.dtype)
    share = torch.where(sign == 0, 0.0, side / (side - ahead))
    return sign, torch.lerp(along, further, share)


def _spans(
    side: Tensor, along: Tensor, low: Tensor, high: Tensor, following: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Integrals of 1, s and s^2 over the part of each edge, low < s < high, inside the other."""
    sign, s = _crossings(side, along, following)
    s = s.maximum(low).minimum(high)
    once = sign * s
    twice = once * s
    return once.sum(-2), twice.sum(-2) / 2, (twice * s).sum(-2) / 3


def _moments(
    gap: Tensor, out: Tensor, along: Tensor, spans: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Contributions to the area (n,), first moments (2, n) and that of |y|^2 (n,), edges (E, n).

    On an edge y = gap out + s along, so y x dy = gap ds (Green's theorem).
    """
    length, first, second = spans
    area = (gap * length).sum(0) / 2
    mean = (out.T @ (gap * gap * length) + along.T @ (gap * first)) / 3
    return area, mean, (gap * (gap * gap * length + second)).sum(0) / 4


def sample_intersection(
    fixed: Outline,
    moving: Outline,
    blend: tuple[Tensor, Tensor, Tensor],
    n: int,
    rng: torch.Generator | None,
) -> Tensor:
    """Uniform points (m, n, 2) of the intersection at x (m, 2), a, b (m, 1); NaN if empty.

    Two convex pieces intersect in a convex one: triangles from an inner point to its edges.
    """
    rows = max(1, _CELLS // (fixed.pieces[..., 0].numel() * moving.pieces[..., 0].numel()))
    parts = [
        _draw(_triangles(fixed, moving, *part), n, rng)
        for part in zip(*(torch.split(column, rows) for column in blend), strict=True)
    ]
    return fixed.mean + torch.cat(parts)


def _draw(triangles: Tensor, n: int, rng: torch.Generator | None) -> Tensor:
    corner, u, v = triangles[:, :, 0], *(triangles[:, :, 1:] - triangles[:, :, :1]).unbind(2)
    areas = (u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]).abs()  # (m, K)
    nonempty = areas.sum(1, keepdim=True) > 0
    weights = torch.where(nonempty, areas, 1.0)
    k = sample_weighted(weights, torch.rand(len(areas), n, dtype=u.dtype, generator=rng))
    s, r = torch.rand(2, *k.shape, 1, dtype=u.dtype, generator=rng)
    s, r = torch.where(s + r > 1, torch.stack([1 - s, 1 - r]), torch.stack([s, r]))
    rows = torch.arange(len(k))[:, None]
    drawn = corner[rows, k] + s * u[rows, k] + r * v[rows, k]
    return torch.where(nonempty[..., None], drawn, math.nan)


def _triangles(fixed: Outline, moving: Outline, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Triangles (n, K, 3, 2) that cover the intersection, many of them empty."""
    corners0 = (fixed.pieces - fixed.mean)[None, :, None]  # (1, I, 1, W, 2)
    corners1 = _to_fixed_frame(fixed, moving.pieces, x, a, b)[:, None]  # (n, 1, J, U, 2)
    chords = torch.cat(
        [_chords(corners0, corners1), _chords(corners1, corners0)], -3
    )  # (n, I, J, W + U, 2, 2)
    length = (chords[..., 1, :] - chords[..., 0, :]).norm(dim=-1, keepdim=True)
    middle = (length * chords.mean(-2)).sum(-2) / length.sum(-2).clamp(min=1e-300)
    apex = middle[..., None, None, :].expand(*chords.shape[:-2], 1, 2)
    return torch.cat([apex, chords], -2).flatten(1, 3)


def _chords(edges: Tensor, others: Tensor) -> Tensor:
    """Both ends (..., W, 2, 2) of the part of each edge inside the other convex piece."""
    along = torch.nn.functional.normalize(edges.roll(-1, -2) - edges, dim=-1)
    out = _normals(along)
    gap = (out * edges).sum(-1, keepdim=True)
    side = others @ out.mT - gap.mT
    following = torch.arange(others.shape[-2]).roll(-1)
    sign, s = _crossings(side, others @ along.mT, following)
    low = torch.where(sign < 0, s, math.inf).amin(-2).maximum((along * edges).sum(-1))
    high = torch.where(sign > 0, s, -math.inf).amax(-2)
    high = high.minimum((along * edges.roll(-1, -2)).sum(-1))
    low, high = torch.where(high > low, torch.stack([low, high]), 0.0)
    ends = torch.stack([low, high], -1)[..., None]  # (..., W, 2, 1)
    return gap[..., None] * out[..., None, :] + ends * along[..., None, :]
