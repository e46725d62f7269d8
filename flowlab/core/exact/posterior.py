"""Pairs (x0, x1) that could have blended into a point, drawn from the cells of two grids."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowlab.core.distributions.bilinear_torch import before, read
from flowlab.core.distributions.categorical import by_weights
from flowlab.core.exact.cell_masses import CellMasses
from flowlab.core.exact.time_slice import Slice

_SPARE = 4  # candidates for each pair that is wanted
_FINE = 0.5  # cells: latent noise below this is too small for cells to resolve


def draw_pairs(
    now: Slice, x: Tensor, n: int, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """`n` draws of x0 and of x1, (n, 2) each, given x_t = x (2,); NaN where there are none.

    y, of the end with the smaller coefficient b, is drawn with u, of the other. Without latent
    noise u = (x - b y) / a, so that the pair blends into x exactly.
    """
    (large, a), b = now.large, now.small[1]
    coarse = _FINE * abs(a) * max(large.cell)
    if now.gamma > coarse:
        u, y = _with_noise(now, x, n, generator)
    else:
        y = _without_noise(now, x, n, generator)
        z = torch.randn(n, 2, dtype=x.dtype, generator=generator) if now.gamma > 0 else 0.0
        u = (x - b * y - now.gamma * z) / a if a != 0 else torch.full_like(y, math.nan)
    return (y, u) if now.late else (u, y)


def _without_noise(now: Slice, x: Tensor, n: int, generator: torch.Generator | None) -> Tensor:
    """y (n, 2) in proportion to p_small(y) p_large((x - b y) / a).

    Coarse cells are drawn by it, places in them at random, and of those some by what it is there.
    """
    (large, a), (small, b) = now.large, now.small
    middles = [small.coarse.centre[axis] + small.coarse.ticks[axis] for axis in (0, 1)]
    if a == 0:
        return x.new_full((n, 2), math.nan)
    other = [(x[axis] - b * middles[axis]) / a for axis in (0, 1)]
    weights = (small.coarse.share * _lattice(large.coarse, *other)).flatten()
    if not float(weights.sum()) > 0:
        return x.new_full((n, 2), math.nan)
    k = by_weights(weights, _uniform(_SPARE * n, x, generator))
    row, column = k // len(middles[0]), k % len(middles[0])
    y = torch.stack([middles[0][column], middles[1][row]], 1)
    places = _uniform(2 * _SPARE * n, x, generator).reshape(-1, 2) - 0.5
    tried = y + places * _cell(small.coarse)
    fine = _density(small, tried) * _density(large, (x - b * tried) / a) / weights[k]
    fine = fine if float(fine.sum()) > 0 else torch.ones_like(fine)
    even = (torch.arange(n, dtype=x.dtype) + _uniform(1, x, generator)) / n
    return tried[by_weights(fine, even)]


def _with_noise(
    now: Slice, x: Tensor, n: int, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """u and y (n, 2) in proportion to p(y) p(u) N(x - a u - b y; 0, gamma^2), cells by cells.

    The normal is a product of one factor for x and one for y, so that matrices do for all cells.
    """
    large, small = now.large[0], now.small[0]
    fit_x, fit_y = (_fit(now, x, axis) for axis in (0, 1))  # (cells of y, cells of u)
    rows = large.share @ fit_x.T  # (rows of u, columns of y)
    weights = small.share * (fit_y @ rows)
    if not float(weights.sum()) > 0:
        return x.new_full((n, 2), math.nan), x.new_full((n, 2), math.nan)
    k = by_weights(weights.flatten(), _uniform(n, x, generator))
    row, column = k // weights.shape[1], k % weights.shape[1]
    own_row = _one_each(fit_y[row] * rows[:, column].T, x, generator)
    own_column = _one_each(large.share[own_row] * fit_x[column], x, generator)
    u = _placed(large, own_row, own_column, _uniform(2 * n, x, generator))
    return u, _placed(small, row, column, _uniform(2 * n, x, generator))


def _fit(now: Slice, x: Tensor, axis: int) -> Tensor:
    """exp(-(x - a u - b y)^2 / (2 gamma^2)) along an axis, (cells of y, cells of u)."""
    (large, a), (small, b) = now.large, now.small
    y, u = (end.centre[axis] + end.ticks[axis] for end in (small, large))
    off = (x[axis] - b * y[:, None] - a * u) / now.gamma
    return torch.exp(-off.square() / 2)


def _uniform(n: int, like: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(n, dtype=like.dtype, generator=generator)


def _one_each(weights: Tensor, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """One index by each row of weights (n, K)."""
    return by_weights(weights, _uniform(len(weights), like, generator)[:, None])[:, 0]


def _placed(end: CellMasses, row: Tensor, column: Tensor, u: Tensor) -> Tensor:
    """Places (n, 2) in cells, by uniform numbers (2 n,)."""
    middles = torch.stack([end.ticks[0][column], end.ticks[1][row]], 1)
    return end.centre + middles + (u.reshape(-1, 2) - 0.5) * _cell(end)


def _cell(end: CellMasses) -> Tensor:
    return end.share.new_tensor(end.cell)


def _density(end: CellMasses, x: Tensor) -> Tensor:
    """Mass of a cell about each of the points (n, 2), bilinear between cells, 0 off the grid."""
    rows, columns = end.share.shape
    at = (x - end.share.new_tensor(end.low)) / _cell(end)
    seen = (at >= 0).all(1) & (at[:, 0] <= columns) & (at[:, 1] <= rows)
    return torch.where(seen, read(end.share[None], *(at - 0.5).unbind(1)), 0.0)


def _lattice(end: CellMasses, xs: Tensor, ys: Tensor) -> Tensor:
    """The same on a lattice, (len(ys), len(xs)): two small products instead of many lookups."""
    return _between(end, 1, ys) @ end.share @ _between(end, 0, xs).T


def _between(end: CellMasses, axis: int, places: Tensor) -> Tensor:
    """Weights (n, cells) of the two cells about each place on an axis, none off the grid."""
    cells = end.share.shape[1 - axis]
    at = (places - end.low[axis]) / end.cell[axis]
    seen = ((at >= 0) & (at <= cells)).to(at)
    low, upper = before(at - 0.5, cells)
    weights = at.new_zeros(len(places), cells)
    weights.scatter_(1, low[:, None], ((1 - upper) * seen)[:, None])
    return weights.scatter_(1, low[:, None] + 1, (upper * seen)[:, None])
