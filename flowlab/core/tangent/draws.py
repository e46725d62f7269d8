"""Samples of one end, and what they add to a pair: deposited on a lattice of whole steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from flowlab.core.tangent.cells import Floats, Whole


class Part(NamedTuple):
    """What a sample x adds to x_t, `by` x + `noise` z, and to dx_t/dt, `rate` x + `noise_rate` z.

    z is latent noise that was drawn with the sample.
    """

    by: float
    rate: float
    noise: float = 0.0
    noise_rate: float = 0.0


class Deposit(NamedTuple):
    """Sums over the samples at each point of a lattice, the first of them at step `first`."""

    first: Whole  # (2,), column and row
    sums: Floats  # (4, rows, columns): number of samples, their values v, |v|^2


class Draws(Protocol):
    """Samples of one end."""

    @property
    def total(self) -> int:
        """How many."""

    def about(self, part: Part) -> tuple[Floats, float]:
        """The middle (2,) of their places, and how far these reach from it at most."""

    def deposit(self, part: Part, corner: Floats, step: float, shift: float) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift)."""


@dataclass(frozen=True, eq=False)
class Scattered:
    """Samples one by one."""

    x: Floats  # (2, n)
    z: Floats | None = None  # (2, n), of the path's latent noise

    @property
    def total(self) -> int:
        """How many."""
        return int(self.x.shape[1])

    def places(self, part: Part) -> tuple[Floats, Floats]:
        """What they add to x_t and to dx_t/dt, each (2, n)."""
        if self.z is None:
            return part.by * self.x, part.rate * self.x
        return (
            part.by * self.x + part.noise * self.z,
            part.rate * self.x + part.noise_rate * self.z,
        )

    def about(self, part: Part) -> tuple[Floats, float]:
        """The middle (2,) of their places, and how far these reach from it at most."""
        place, _ = self.places(part)
        low, high = place.min(1), place.max(1)
        return (low + high) / 2, float((high - low).max()) / 2

    def deposit(self, part: Part, corner: Floats, step: float, shift: float) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift)."""
        place, v = self.places(part)
        index = np.floor((place - corner[:, None]) / step + shift).astype(np.int64)
        first = index.min(1)
        index -= first[:, None]
        columns, rows = index.max(1) + 1
        flat = index[1] * columns + index[0]
        weights = (None, v[0], v[1], v[0] * v[0] + v[1] * v[1])
        sums = [np.bincount(flat, w, rows * columns) for w in weights]
        return Deposit(first, np.stack(sums).reshape(4, rows, columns))


@dataclass(frozen=True, eq=False)
class Binned:
    """Very many samples, once binned finely; then a deposit's cost hangs on the bins alone."""

    ticks: tuple[Floats, Floats]  # middles of the columns and of the rows
    sums: Floats  # (4, rows, columns): number, x, y, |x|^2

    @classmethod
    def of(cls, x: Floats, side: int) -> Binned:
        """Samples (2, n) in `side` by `side` bins; their sums are of where they really are."""
        low, high = x.min(1), x.max(1)
        bin_ = np.maximum(high - low, 1e-9 * (1 + np.abs(low))) / side
        column, row = np.minimum(((x - low[:, None]) / bin_[:, None]).astype(np.int64), side - 1)
        flat = row * side + column
        weights = (None, x[0], x[1], x[0] * x[0] + x[1] * x[1])
        sums = np.stack([np.bincount(flat, w, side * side) for w in weights])
        middles = low[:, None] + bin_[:, None] * (np.arange(side) + 0.5)
        return cls((middles[0], middles[1]), sums.reshape(4, side, side))

    @property
    def total(self) -> int:
        """How many."""
        return int(self.sums[0].sum())

    def about(self, part: Part) -> tuple[Floats, float]:
        """The middle (2,) of their places, and how far these reach from it at most."""
        low, high = (np.array([ticks[end] for ticks in self.ticks]) for end in (0, -1))
        return part.by * (low + high) / 2, abs(part.by) * float((high - low).max()) / 2

    def deposit(self, part: Part, corner: Floats, step: float, shift: float) -> Deposit:
        """Sums at lattice points floor((middle of a bin - corner) / step + shift)."""
        columns, rows = (
            np.floor((part.by * ticks - low) / step + shift).astype(np.int64)
            for ticks, low in zip(self.ticks, corner, strict=True)
        )
        sums = _grouped(_grouped(self.sums, columns).swapaxes(1, 2), rows).swapaxes(1, 2)
        rates = np.array([1.0, part.rate, part.rate, part.rate**2])
        return Deposit(np.array([columns.min(), rows.min()]), sums * rates[:, None, None])


def _grouped(sums: Floats, index: Whole) -> Floats:
    """Sums (C, H, n) over the last axis wherever `index` (n,), which never turns, is the same."""
    starts = np.flatnonzero(np.diff(index, prepend=index[0] - 1))
    index = index - index.min()
    found = np.zeros((*sums.shape[:2], int(index.max()) + 1))
    found[..., index[starts]] = np.add.reduceat(sums, starts, axis=2)
    return found
