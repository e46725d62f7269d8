"""Random numbers, categorical sampling and log-sum-exp, shared by the distributions."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles, Floats, Ints


def alias_table(masses: Doubles) -> tuple[Doubles, Ints]:
    """Walker-Vose alias table, probabilities (N,) and aliases (N,), of positive masses (N,).

    Without a loop: light columns are filled in order by heavy ones in order, and a heavy column
    that gave too much is topped up by the next. Both cumulative sums determine who fills whom.
    """
    load = masses * (len(masses) / masses.sum())
    heavy = load >= 1
    lights, heavies = np.flatnonzero(~heavy), np.flatnonzero(heavy)
    share, alias = np.minimum(load, 1.0), np.arange(len(load))
    if not len(lights) or not len(heavies):
        return share, alias
    lack, surplus = np.cumsum(1 - load[lights]), np.cumsum(load[heavies] - 1)
    last = len(heavies) - 1
    before = np.concatenate([[0.0], lack[:-1]])  # the same floats, so both searches agree
    giver = np.searchsorted(surplus, before, side="right")
    alias[lights] = heavies[np.minimum(giver, last)]
    taker = np.searchsorted(lack, surplus[:-1], side="left")
    spent = np.where(surplus[:-1] > 0, lack[np.minimum(taker, len(lack) - 1)], 0)
    share[heavies[:-1]] = np.clip(1 + surplus[:-1] - spent, 0, 1)
    alias[heavies[:-1]] = heavies[1:]
    return share, alias


def sample_alias(share: Tensor, alias: Tensor, n: int, rng: torch.Generator) -> Tensor:
    """Indices (n,) int64 in proportion to the masses of the table, on the table's device."""
    # Two draws: one float32 number has too few bits for column and alias.
    column = torch.randint(len(share), (n,), device=share.device, generator=rng)
    keep = uniform(share, (n,), rng) < share.index_select(0, column)
    return torch.where(keep, column, alias.index_select(0, column))


def sample_alias_tables(share: Doubles, alias: Ints, table: Ints, u: Doubles) -> Ints:
    """Indices (n,), each from its own one of the alias tables (T, N), by uniform u (n,).

    The leading bits of u choose the column, the others the alias.
    """
    columns = share.shape[1]
    within = u * columns
    column = within.astype(np.int64)
    index = table * columns + column
    keep = within - column < share.reshape(-1).take(index)
    picked: Ints = np.where(keep, column, alias.reshape(-1).take(index))
    return picked


def sample_weighted(weights: Tensor, u: Tensor) -> Tensor:
    """Indices (..., n) in proportion to weights (..., K), by uniform numbers u (..., n).

    Arbitrary for a row whose weights are all 0, or NaN.
    """
    return sample_cumulative(weights.cumsum(-1), u)


def sample_cumulative(cumulative: Tensor, u: Tensor) -> Tensor:
    """The same from cumulative weights (..., K), or (K,) for all, by the inverse CDF."""
    largest = 1 - torch.finfo(cumulative.dtype).eps / 2  # largest u below 1
    wanted = u.to(cumulative.dtype).clamp(max=largest) * cumulative[..., -1:]
    index = torch.searchsorted(cumulative, wanted, right=True)
    return index.clamp_(max=cumulative.shape[-1] - 1)


def sample_cumulative_numpy(cumulative: Doubles, u: Doubles) -> Ints:
    """Indices (n,) from cumulative weights (K,) and uniform numbers u (n,), float64."""
    position = np.searchsorted(cumulative, u * cumulative[-1], side="right")
    index: Ints = np.minimum(position, len(cumulative) - 1)
    return index


class WeightedRows:
    """Rows of weights of different lengths, concatenated; an index is sampled from each."""

    def __init__(self, first: Ints, weights: Floats) -> None:
        """Row r has weights[first[r] : first[r + 1]]."""
        self.weights = weights
        self._cumulative = np.append(0.0, np.cumsum(weights))
        self._low, self._high = self._cumulative[first[:-1]], self._cumulative[first[1:]]
        self._last = first[1:] - 1
        self.rows: Ints = np.flatnonzero(self._high > self._low)  # rows with positive weight

    def pick(self, rows: Ints, u: Doubles) -> Ints:
        """One index (n,) into `weights` from each of the rows (n,), by uniform numbers (n,)."""
        low, high = self._low[rows], self._high[rows]
        wanted = low + u * (high - low)
        position = np.searchsorted(self._cumulative, wanted, side="right") - 1
        picked: Ints = np.minimum(position, self._last[rows])
        return picked


def blocks(x: Tensor, width: int) -> list[Tensor]:
    """Blocks of rows of x, so small that `width` columns for each row take 2 MB."""
    rows = max(1, (1 << 18) // max(1, width))
    return [x[i : i + rows] for i in range(0, max(1, len(x)), rows)]


def log_sum_exp(logs: Tensor) -> Tensor:
    """log of the sum of exponentials over columns, (n, K) -> (n,).

    Terms below e^-700 of the largest are rounded up to that: underflow is 20 times as slow.
    """
    peak = logs.amax(dim=1, keepdim=True).clamp(min=-1e300)
    return (logs - peak).clamp_(min=-700.0).exp_().sum(1).log_() + peak.squeeze(1)


def uniform(like: Tensor, size: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """Uniform numbers in [0, 1) of the dtype and on the device of `like`."""
    return torch.rand(size, dtype=like.dtype, device=like.device, generator=rng)


def normal(like: Tensor, size: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """Standard normal numbers of the dtype and on the device of `like`.

    Generated in float32: four times as fast, and as precise as the returned samples.
    """
    return torch.randn(size, device=like.device, generator=rng).to(like.dtype)
