"""Posterior pairs given x_t with substantial latent noise, from the cells of two grids."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowlab.core.distributions.categorical import sample_weighted
from flowlab.core.exact.cell_masses import CellMasses
from flowlab.core.exact.time_slice import TimeSlice

_FINE = 0.5  # cells: less latent noise is too small for cells to resolve


def is_felt(now: TimeSlice) -> bool:
    """True if latent noise is wide enough for sums over cells."""
    large, a = now.large
    return now.gamma > _FINE * abs(a) * max(large.cell)


def noisy_pairs(
    now: TimeSlice, x: Tensor, n: int, rng: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """`n` draws of x0 and of x1, (n, 2) each, given x_t = x (2,); NaN outside the support."""
    u, y = _with_noise(now, x, n, rng)
    return (y, u) if now.target_is_larger else (u, y)


def _with_noise(
    now: TimeSlice, x: Tensor, n: int, rng: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """u and y (n, 2) with density proportional to p(y) p(u) N(x - a u - b y; 0, gamma^2 I).

    By cells; the normal is a product over both axes, so matrix products cover all of them.
    """
    large, small = now.large[0], now.small[0]
    fit_x, fit_y = (_fit(now, x, axis) for axis in (0, 1))  # (cells of y, cells of u)
    rows = large.mass @ fit_x.T  # (rows of u, columns of y)
    weights = small.mass * (fit_y @ rows)
    if not float(weights.sum()) > 0:
        return x.new_full((n, 2), math.nan), x.new_full((n, 2), math.nan)
    k = sample_weighted(weights.flatten(), _uniform(n, x, rng))
    row, column = k // weights.shape[1], k % weights.shape[1]
    own_row = _one_each(fit_y[row] * rows[:, column].T, x, rng)
    own_column = _one_each(large.mass[own_row] * fit_x[column], x, rng)
    u = _placed(large, own_row, own_column, _uniform(2 * n, x, rng))
    return u, _placed(small, row, column, _uniform(2 * n, x, rng))


def _fit(now: TimeSlice, x: Tensor, axis: int) -> Tensor:
    """exp(-(x - a u - b y)^2 / (2 gamma^2)) along one axis, (cells of y, cells of u)."""
    (large, a), (small, b) = now.large, now.small
    y, u = (end.centre[axis] + end.ticks[axis] for end in (small, large))
    off = (x[axis] - b * y[:, None] - a * u) / now.gamma
    return torch.exp(-off.square() / 2)


def _uniform(n: int, like: Tensor, rng: torch.Generator | None) -> Tensor:
    return torch.rand(n, dtype=like.dtype, generator=rng)


def _one_each(weights: Tensor, like: Tensor, rng: torch.Generator | None) -> Tensor:
    """One index sampled from each row of weights (n, K)."""
    return sample_weighted(weights, _uniform(len(weights), like, rng)[:, None])[:, 0]


def _placed(end: CellMasses, row: Tensor, column: Tensor, u: Tensor) -> Tensor:
    """Uniform places (n, 2) in cells, by uniform numbers (2 n,)."""
    middles = torch.stack([end.ticks[0][column], end.ticks[1][row]], 1)
    return end.centre + middles + (u.reshape(-1, 2) - 0.5) * _cell(end)


def _cell(end: CellMasses) -> Tensor:
    return end.mass.new_tensor(end.cell)
