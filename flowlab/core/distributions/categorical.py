"""Random numbers, indices drawn by weights, and sums of exponentials: what distributions share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles, Floats, Ints


def alias_table(masses: Doubles) -> tuple[Doubles, Ints]:
    """Shares kept (N,) and aliases (N,) for positive masses (N,); by sweeping light past heavy.

    Light columns in order are filled by heavy ones in order; a heavy column that gave too much is
    topped up by the next. Both cumulative sums say who meets whom, so no loop is needed.
    """
    load = masses * (len(masses) / masses.sum())
    heavy = load >= 1
    lights, heavies = np.flatnonzero(~heavy), np.flatnonzero(heavy)
    share, alias = np.minimum(load, 1.0), np.arange(len(load))
    if not len(lights) or not len(heavies):
        return share, alias
    lack, surplus = np.cumsum(1 - load[lights]), np.cumsum(load[heavies] - 1)
    last = len(heavies) - 1
    before = np.concatenate([[0.0], lack[:-1]])  # the very numbers: who gives agrees with who takes
    giver = np.searchsorted(surplus, before, side="right")
    alias[lights] = heavies[np.minimum(giver, last)]
    taker = np.searchsorted(lack, surplus[:-1], side="left")
    spent = np.where(surplus[:-1] > 0, lack[np.minimum(taker, len(lack) - 1)], 0)
    share[heavies[:-1]] = np.clip(1 + surplus[:-1] - spent, 0, 1)
    alias[heavies[:-1]] = heavies[1:]
    return share, alias


def pick(share: Tensor, alias: Tensor, n: int, rng: torch.Generator) -> Tensor:
    """Indices (n,) int64 in proportion to the masses of the table, on the table's device."""
    # Two draws: one number in float32 would not say both the column and where in it.
    column = torch.randint(len(share), (n,), device=share.device, generator=rng)
    kept = uniform(share, (n,), rng) < share.index_select(0, column)
    return torch.where(kept, column, alias.index_select(0, column))


def pick_each(share: Doubles, alias: Ints, table: Ints, u: Doubles) -> Ints:
    """Indices (n,), each by its own one of alias tables (T, N), from uniform numbers u (n,).

    Of the 53 bits of u the first say the column and the others where in it.
    """
    columns = share.shape[1]
    within = u * columns
    column = within.astype(np.int64)
    index = table * columns + column
    kept = within - column < share.reshape(-1).take(index)
    picked: Ints = np.where(kept, column, alias.reshape(-1).take(index))
    return picked


def by_weights(weights: Tensor, u: Tensor) -> Tensor:
    """Indices (..., n) in proportion to weights (..., K), from uniform numbers u (..., n).

    Where a row has no weight at all, or NaN, its indices are arbitrary.
    """
    return by_cumulative(weights.cumsum(-1), u)


def by_cumulative(cumulative: Tensor, u: Tensor) -> Tensor:
    """The same from running sums of the weights (..., K), or (K,) for all: the inverse CDF."""
    largest = 1 - torch.finfo(cumulative.dtype).eps / 2  # of u: times a sum it is less than that
    wanted = u.to(cumulative.dtype).clamp(max=largest) * cumulative[..., -1:]
    found = torch.searchsorted(cumulative, wanted, right=True)
    return found.clamp_(max=cumulative.shape[-1] - 1)


def by_cumulative_numpy(cumulative: Doubles, u: Doubles) -> Ints:
    """Indices (n,) from running sums (K,) of weights and uniform numbers u (n,), float64."""
    found = np.searchsorted(cumulative, u * cumulative[-1], side="right")
    index: Ints = np.minimum(found, len(cumulative) - 1)
    return index


class WeightedRows:
    """Rows of weights of different lengths, laid end to end: an index is drawn from each."""

    def __init__(self, first: Ints, weights: Floats) -> None:
        """Row r has weights[first[r] : first[r + 1]]."""
        self.weights = weights
        self._cumulative = np.append(0.0, np.cumsum(weights))
        self._low, self._high = self._cumulative[first[:-1]], self._cumulative[first[1:]]
        self._last = first[1:] - 1
        self.rows: Ints = np.flatnonzero(self._high > self._low)  # those that have any weight

    def pick(self, rows: Ints, u: Doubles) -> Ints:
        """Places (n,) in `weights`, one of each of some rows (n,), from uniform numbers (n,)."""
        low, high = self._low[rows], self._high[rows]
        wanted = low + u * (high - low)
        found = np.searchsorted(self._cumulative, wanted, side="right") - 1
        picked: Ints = np.minimum(found, self._last[rows])
        return picked


def blocks(x: Tensor, width: int) -> list[Tensor]:
    """Runs of rows of x, so few that a block of `width` columns each stays at 2 MB."""
    rows = max(1, (1 << 18) // max(1, width))
    return [x[i : i + rows] for i in range(0, max(1, len(x)), rows)]


def log_sum_exp(logs: Tensor) -> Tensor:
    """log of the sum of exponentials over columns, (n, K) -> (n,).

    Terms below e^-700 of the largest are rounded up to that: underflow is 20 times as slow.
    """
    peak = logs.amax(dim=1, keepdim=True).clamp(min=-1e300)
    return (logs - peak).clamp_(min=-700.0).exp_().sum(1).log_() + peak.squeeze(1)


def uniform(like: Tensor, size: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """Uniform numbers in [0, 1) of the type and on the device of `like`."""
    return torch.rand(size, dtype=like.dtype, device=like.device, generator=rng)


def normal(like: Tensor, size: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """Standard normal numbers of the type and on the device of `like`.

    Drawn in float32, four times as fast, and as fine as the samples that leave in float32.
    """
    return torch.randn(size, device=like.device, generator=rng).to(like.dtype)
