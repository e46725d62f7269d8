"""The part that two regions share when one of them is mirrored, scaled and moved: y-space.

Where x = a u + b y, with u uniform on one region and y on the other, the y that are possible given
x are the region `fixed` cut by (x - a moving) / b. Both have straight edges, so by Green's theorem
area and moments are sums over edges, of each only what lies within the other region. A line enters
and leaves a region where two corners in turn lie on different sides of it; so integrals along what
is within are sums of +-F(crossing), with no order among crossings and no convexity needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.categorical import by_weights
from flowlab.core.exact.outlines import Outline

# Edges on one line would count twice or not at all, by rounding: everything is moved apart by so
# little of the size, in a direction that is no one's.
_APART = (1e-10 * math.cos(1.0), 1e-10 * math.sin(1.0))
_NOTHING = 1e-9  # of the largest area that can be shared: less is none
_CELLS = 1 << 15  # corners times edges times points held at once


@dataclass(frozen=True, eq=False)
class Shared:
    """Of each x: the shared region's area (n,), its mean (n, 2), E|y - mean|^2 (n,), the gradient
    of the log area by x (n, 2); NaN where nothing is shared, and the area 0."""

    area: Tensor
    mean: Tensor
    spread: Tensor
    pull: Tensor


def shared(fixed: Outline, moving: Outline, x: Tensor, a: Tensor, b: Tensor) -> Shared:
    """What `fixed` and (x - a moving) / b share for points (n, 2), a and b (n, 1) of fixed sign."""
    rows = max(1, _CELLS // (len(fixed.corners) * len(moving.corners)))
    parts = [
        _shared(fixed, moving, *part)
        for part in zip(*(torch.split(whole, rows) for whole in (x, a, b)), strict=True)
    ]
    columns = zip(*((p.area, p.mean, p.spread, p.pull) for p in parts), strict=True)
    return Shared(*(torch.cat(column) for column in columns))


def _shared(fixed: Outline, moving: Outline, x: Tensor, a: Tensor, b: Tensor) -> Shared:
    """Points come last here, (..., n): long runs of equal work are fast."""
    mine, theirs = fixed.corners - fixed.mean, _carried(fixed, moving.corners, x, a, b)
    theirs = theirs.permute(2, 1, 0).contiguous()  # (2, U, n)
    along0, along1 = fixed.directions, _facing(a, b) * moving.directions
    out0, out1 = _outward(along0), _outward(along1)
    gap0 = (out0 * mine).sum(1)[:, None]  # of the line of each edge from the origin, (V, 1)
    gap1 = (out1.T[..., None] * theirs).sum(0)  # (U, n)
    place = (along1.T[..., None] * theirs).sum(0)  # of each corner along its edge
    lines = torch.cat([out0, along0]) @ theirs.flatten(1)
    side, reach = lines.reshape(2, len(mine), *gap1.shape)
    own = _spans(
        side - gap0[..., None],
        reach,
        (along0 * mine).sum(1)[:, None, None],
        (along0 * mine[fixed.following]).sum(1)[:, None, None],
        moving.following,
    )
    other = _spans(
        (out1 @ mine.T)[..., None] - gap1[:, None],
        (along1 @ mine.T)[..., None],
        place[:, None],
        (along1.T[..., None] * theirs[:, moving.following]).sum(0)[:, None],
        fixed.following,
    )
    area, first, second = (
        one + two
        for one, two in zip(
            _moments(gap0, out0, along0, own), _moments(gap1, out1, along1, other), strict=True
        )
    )
    largest = torch.clamp((a / b).square()[:, 0] * moving.area, max=fixed.area)
    some = area > _NOTHING * largest
    known = torch.where(some, area, math.nan)
    mean, pull = first / known, (out1.T @ other[0]) / (b[:, 0] * known)
    spread = second / known - mean.square().sum(0)
    area = torch.where(some, area, 0.0)
    return Shared(area, fixed.mean + mean.T, spread.clamp(min=0), pull.T)


def _carried(fixed: Outline, corners: Tensor, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """(x - a corners) / b of corners (..., 2) as seen from the middle of `fixed`, (n, ..., 2)."""
    x, a, b = (part.reshape(len(x), *[1] * (corners.ndim - 1), -1) for part in (x, a, b))
    apart = fixed.size * corners.new_tensor(_APART)
    return (x - b * fixed.mean - a * corners) / b + apart


def _facing(a: Tensor, b: Tensor) -> float:
    """Do the edges of the mirrored region run the same way (1) or the other way (-1)?"""
    return -1.0 if bool((a * b > 0).any()) else 1.0


def _outward(along: Tensor) -> Tensor:
    return torch.stack([along[..., 1], -along[..., 0]], -1)


def _crossings(side: Tensor, along: Tensor, following: Tensor) -> tuple[Tensor, Tensor]:
    """Where the line of each edge crosses the other region's boundary: its corners last but one.

    `side` says how far to the right of the line each corner lies and `along` where; the sign is
    +1 where the line leaves, -1 where it enters, 0 where it does not cross.
    """
    ahead, further = (part.index_select(-2, following) for part in (side, along))
    sign = (ahead < 0).to(side.dtype) - (side < 0).to(side.dtype)
    share = torch.where(sign == 0, 0.0, side / (side - ahead))
    return sign, torch.lerp(along, further, share)


def _spans(
    side: Tensor, along: Tensor, low: Tensor, high: Tensor, following: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Integrals of 1, s and s^2 over what of each edge, s from low to high, lies within."""
    sign, s = _crossings(side, along, following)
    s = s.maximum(low).minimum(high)
    once = sign * s
    twice = once * s
    return once.sum(-2), twice.sum(-2) / 2, (twice * s).sum(-2) / 3


def _moments(
    gap: Tensor, out: Tensor, along: Tensor, spans: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Shares of the area (n,), the first moments (2, n) and that of |y|^2 (n,), edges (E, n).

    On an edge y = gap out + s along, so y x dy = gap ds (Green's theorem).
    """
    length, first, second = spans
    area = (gap * length).sum(0) / 2
    mean = (out.T @ (gap * gap * length) + along.T @ (gap * first)) / 3
    return area, mean, (gap * (gap * gap * length + second)).sum(0) / 4


def draw_shared(
    fixed: Outline,
    moving: Outline,
    blend: tuple[Tensor, Tensor, Tensor],
    n: int,
    rng: torch.Generator | None,
) -> Tensor:
    """Uniform points (m, n, 2) of what is shared, for x (m, 2), a, b (m, 1); NaN where nothing is.

    Two convex pieces share a convex one: the triangles from a point within it to its edges.
    """
    rows = max(1, _CELLS // (fixed.pieces[..., 0].numel() * moving.pieces[..., 0].numel()))
    parts = [
        _draw(_triangles(fixed, moving, *part), n, rng)
        for part in zip(*(torch.split(whole, rows) for whole in blend), strict=True)
    ]
    return fixed.mean + torch.cat(parts)


def _draw(triangles: Tensor, n: int, rng: torch.Generator | None) -> Tensor:
    corner, u, v = triangles[:, :, 0], *(triangles[:, :, 1:] - triangles[:, :, :1]).unbind(2)
    areas = (u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]).abs()  # (m, K)
    some = areas.sum(1, keepdim=True) > 0
    weights = torch.where(some, areas, 1.0)
    k = by_weights(weights, torch.rand(len(areas), n, dtype=u.dtype, generator=rng))
    s, r = torch.rand(2, *k.shape, 1, dtype=u.dtype, generator=rng)
    s, r = torch.where(s + r > 1, torch.stack([1 - s, 1 - r]), torch.stack([s, r]))
    rows = torch.arange(len(k))[:, None]
    drawn = corner[rows, k] + s * u[rows, k] + r * v[rows, k]
    return torch.where(some[..., None], drawn, math.nan)


def _triangles(fixed: Outline, moving: Outline, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Triangles (n, K, 3, 2) that fill what is shared, many of them empty."""
    mine = (fixed.pieces - fixed.mean)[None, :, None]  # (1, I, 1, W, 2)
    theirs = _carried(fixed, moving.pieces, x, a, b)[:, None]  # (n, 1, J, U, 2)
    chords = torch.cat([_chords(mine, theirs), _chords(theirs, mine)], -3)  # (n, I, J, W + U, 2, 2)
    length = (chords[..., 1, :] - chords[..., 0, :]).norm(dim=-1, keepdim=True)
    middle = (length * chords.mean(-2)).sum(-2) / length.sum(-2).clamp(min=1e-300)
    apex = middle[..., None, None, :].expand(*chords.shape[:-2], 1, 2)
    return torch.cat([apex, chords], -2).flatten(1, 3)


def _chords(edges: Tensor, others: Tensor) -> Tensor:
    """Both ends (..., W, 2, 2) of what of each edge lies within the other convex piece."""
    along = torch.nn.functional.normalize(edges.roll(-1, -2) - edges, dim=-1)
    out = _outward(along)
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
