"""Samples of one end, and what they add to a pair: deposited on a lattice of whole steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from flowlab.core.array_types import Floats, Ints


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

    first: Ints  # (2,), column and row
    sums: Floats  # (4, rows, columns): number of samples, their values v, |v|^2


class Draws(Protocol):
    """Samples of one end."""

    @property
    def total(self) -> int:
        """How many."""

    def about(self, part: Part) -> tuple[Floats, float]:
        """The middle (2,) of their places, and how far these reach from it at most."""

    def within(self, part: Part, low: Floats, high: Floats) -> Draws:
        """At least those of them whose places lie in a box."""

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

    def within(self, part: Part, low: Floats, high: Floats) -> Scattered:
        """Those of them whose places lie in a box."""
        place, _ = self.places(part)
        there = ((place >= low[:, None]) & (place <= high[:, None])).all(0)
        if there.all():
            return self
        return Scattered(self.x[:, there], None if self.z is None else self.z[:, there])

    def deposit(self, part: Part, corner: Floats, step: float, shift: float) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift)."""
        place, v = self.places(part)
        index = np.floor((place - corner[:, None]) / step + shift).astype(np.int64)
        first = index.min(1)
        index -= first[:, None]
        columns, rows = index.max(1) + 1
        flat = index[1] * columns + index[0]
        weights = (None, v[0], v[1], v[0] * v[0] + v[1] * v[1])
        sums: Floats = np.stack([np.bincount(flat, w, rows * columns) for w in weights])
        return Deposit(first, sums.reshape(4, rows, columns))


@dataclass(frozen=True, eq=False)
class Binned:
    """Very many samples, once binned finely; what a deposit costs hangs on its lattice alone.

    Within a bin they are taken as spread evenly. Held are sums over all bins left and below, from
    which those over any box are differences: no bin must be a whole one, so that no lattice beats
    against the bins.
    """

    low: Floats  # (2,), lower left corner of the bins
    high: Floats  # (2,)
    heaps: Floats  # (4, rows + 1, columns + 1): number, x, y, |x|^2

    @classmethod
    def of(cls, x: Floats, side: int) -> Binned:
        """Samples (2, n) in `side` by `side` bins; their sums are of where they really are."""
        low, high = x.min(1), x.max(1)
        high = np.maximum(high, low + 1e-9 * (1 + np.abs(low)))
        place = (x - low[:, None]) * (side / (high - low))[:, None]
        column, row = np.minimum(place.astype(np.int64), side - 1)
        flat = row * side + column
        weights = (None, x[0], x[1], x[0] * x[0] + x[1] * x[1])
        heaps = np.zeros((4, side + 1, side + 1))
        for heap, w in zip(heaps, weights, strict=True):
            sums = np.bincount(flat, w, side * side).reshape(side, side)
            heap[1:, 1:] = sums.cumsum(0, np.float64).cumsum(1)
        return cls(low, high, heaps)

    @property
    def total(self) -> int:
        """How many."""
        return int(self.heaps[0, -1, -1])

    def about(self, part: Part) -> tuple[Floats, float]:
        """The middle (2,) of their places, and how far these reach from it at most."""
        reach = abs(part.by) * float((self.high - self.low).max()) / 2
        return part.by * (self.low + self.high) / 2, reach

    def within(self, part: Part, low: Floats, high: Floats) -> Binned:
        """All of them: few bins lie beyond any box that is asked for."""
        del part, low, high
        return self

    def deposit(self, part: Part, corner: Floats, step: float, shift: float) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift), of parts of bins too."""
        ends = (part.by * np.stack([self.low, self.high]) - corner) / step + shift
        first = np.floor(ends.min(0) + 1e-9).astype(np.int64)
        last = np.maximum(np.ceil(ends.max(0) - 1e-9).astype(np.int64), first + 1)
        (x, y), side = zip(first, last, strict=True), self.heaps.shape[1] - 1
        columns, rows = (_bins(ends[:, i], *span, side) for i, span in enumerate((x, y)))
        sums = _between(_between(self.heaps, rows).swapaxes(1, 2), columns).swapaxes(1, 2)
        rates = np.array([1.0, part.rate, part.rate, part.rate**2])
        return Deposit(first, sums * rates[:, None, None])


def _bins(ends: Floats, first: int, last: int, side: int) -> Floats:
    """Where the lattice's edges first, first + 1 ... last lie among `side` bins between `ends`."""
    ticks = np.arange(first, last + 1)
    if abs(ends[1] - ends[0]) < 1e-9:  # all bins are at one place
        return np.array([0.0, side])
    places = (ticks - ends[0]) * (side / (ends[1] - ends[0]))
    clipped: Floats = np.clip(places, 0.0, side)
    return clipped


def _between(heaps: Floats, places: Floats) -> Floats:
    """Sums (C, m, n) between m + 1 places along the first of two axes, from heaps (C, N, n).

    Places may fall as well as rise: a part that mirrors does so along both axes.
    """
    index = np.minimum(places.astype(np.int64), heaps.shape[1] - 2)
    share = (places - index)[:, None]
    found: Floats = np.diff(heaps[:, index] * (1 - share) + heaps[:, index + 1] * share, axis=1)
    return found
