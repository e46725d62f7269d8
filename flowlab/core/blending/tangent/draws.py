"""Samples of one end, and their deposit on a lattice, whose convolution gives sums over pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from flowlab.core.array_types import Floats, Ints


class Coefficients(NamedTuple):
    """One end's coefficients in x_t and dx_t/dt at one t, and those of the latent noise.

    On x_t = alpha x0 + beta x1 + gamma z, a sample x with noise z adds `weight` x + `noise` z
    to x_t and `weight_dot` x + `noise_dot` z to dx_t/dt.
    """

    weight: float  # alpha or beta
    weight_dot: float
    noise: float = 0.0  # gamma, counted with one of the ends
    noise_dot: float = 0.0


class Deposit(NamedTuple):
    """Sums over the samples at each lattice point; the first point has the index `first`."""

    first: Ints  # (2,), column and row
    sums: Floats  # (4, rows, columns): number of samples, sum of v (2), sum of |v|^2


class Draws(Protocol):
    """Samples of one end."""

    @property
    def total(self) -> int:
        """Number of samples."""

    def about(self, coefficients: Coefficients) -> tuple[Floats, float]:
        """The middle (2,) of their positions, and the largest distance from it along an axis."""

    def within(self, coefficients: Coefficients, low: Floats, high: Floats) -> Draws:
        """The samples whose positions lie in a box; may include others."""

    def deposit(
        self, coefficients: Coefficients, corner: Floats, step: float, shift: float
    ) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift)."""


@dataclass(frozen=True, eq=False)
class Scattered:
    """Samples one by one."""

    x: Floats  # (2, n)
    z: Floats | None = None  # (2, n), of the path's latent noise

    @property
    def total(self) -> int:
        """Number of samples."""
        return int(self.x.shape[1])

    def places(self, coefficients: Coefficients) -> tuple[Floats, Floats]:
        """Their terms in x_t and in dx_t/dt, each (2, n)."""
        if self.z is None:
            return coefficients.weight * self.x, coefficients.weight_dot * self.x
        return (
            coefficients.weight * self.x + coefficients.noise * self.z,
            coefficients.weight_dot * self.x + coefficients.noise_dot * self.z,
        )

    def about(self, coefficients: Coefficients) -> tuple[Floats, float]:
        """The middle (2,) of their positions, and the largest distance from it along an axis."""
        place, _ = self.places(coefficients)
        low, high = place.min(1), place.max(1)
        return (low + high) / 2, float((high - low).max()) / 2

    def within(self, coefficients: Coefficients, low: Floats, high: Floats) -> Scattered:
        """The samples whose positions lie in a box."""
        place, _ = self.places(coefficients)
        inside = ((place >= low[:, None]) & (place <= high[:, None])).all(0)
        if inside.all():
            return self
        return Scattered(self.x[:, inside], None if self.z is None else self.z[:, inside])

    def deposit(
        self, coefficients: Coefficients, corner: Floats, step: float, shift: float
    ) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift)."""
        place, v = self.places(coefficients)
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
    """Very many samples, binned once; the cost of a deposit depends only on its lattice.

    Samples are taken as uniform within a bin. A summed-area table gives the sum over any box as
    differences, also of boxes that cut through bins, so lattice and bins cause no moire.
    """

    low: Floats  # (2,), lower left corner of the bins
    high: Floats  # (2,)
    summed_area: Floats  # (4, rows + 1, columns + 1): number, x, y, |x|^2

    @classmethod
    def of(cls, x: Floats, side: int) -> Binned:
        """Bin samples (2, n) into `side` by `side` bins, summing their unrounded coordinates."""
        low, high = x.min(1), x.max(1)
        high = np.maximum(high, low + 1e-9 * (1 + np.abs(low)))
        place = (x - low[:, None]) * (side / (high - low))[:, None]
        column, row = np.minimum(place.astype(np.int64), side - 1)
        flat = row * side + column
        weights = (None, x[0], x[1], x[0] * x[0] + x[1] * x[1])
        summed_area = np.zeros((4, side + 1, side + 1))
        for table, w in zip(summed_area, weights, strict=True):
            sums = np.bincount(flat, w, side * side).reshape(side, side)
            table[1:, 1:] = sums.cumsum(0, np.float64).cumsum(1)
        return cls(low, high, summed_area)

    @property
    def total(self) -> int:
        """Number of samples."""
        return int(self.summed_area[0, -1, -1])

    def about(self, coefficients: Coefficients) -> tuple[Floats, float]:
        """The middle (2,) of their positions, and the largest distance from it along an axis."""
        reach = abs(coefficients.weight) * float((self.high - self.low).max()) / 2
        return coefficients.weight * (self.low + self.high) / 2, reach

    def within(self, coefficients: Coefficients, low: Floats, high: Floats) -> Binned:
        """All of them: few bins lie outside the boxes in use."""
        del coefficients, low, high
        return self

    def deposit(
        self, coefficients: Coefficients, corner: Floats, step: float, shift: float
    ) -> Deposit:
        """Sums at lattice points floor((place - corner) / step + shift); bins are split."""
        ends = (coefficients.weight * np.stack([self.low, self.high]) - corner) / step + shift
        first = np.floor(ends.min(0) + 1e-9).astype(np.int64)
        last = np.maximum(np.ceil(ends.max(0) - 1e-9).astype(np.int64), first + 1)
        (x, y), side = zip(first, last, strict=True), self.summed_area.shape[1] - 1
        columns, rows = (_bins(ends[:, i], *span, side) for i, span in enumerate((x, y)))
        sums = _between(_between(self.summed_area, rows).swapaxes(1, 2), columns).swapaxes(1, 2)
        rate = coefficients.weight_dot
        rates = np.array([1.0, rate, rate, rate**2])
        return Deposit(first, sums * rates[:, None, None])


def _bins(ends: Floats, first: int, last: int, side: int) -> Floats:
    """Positions, in bins, of the lattice edges first ... last; `side` bins lie between `ends`."""
    ticks = np.arange(first, last + 1)
    if abs(ends[1] - ends[0]) < 1e-9:  # all bins are at one place
        return np.array([0.0, side])
    places = (ticks - ends[0]) * (side / (ends[1] - ends[0]))
    clipped: Floats = np.clip(places, 0.0, side)
    return clipped


def _between(summed_area: Floats, places: Floats) -> Floats:
    """Sums (C, m, n) between m + 1 places along the first of two axes of a table (C, N, n).

    Places may also descend: a negative coefficient mirrors both axes.
    """
    index = np.minimum(places.astype(np.int64), summed_area.shape[1] - 2)
    share = (places - index)[:, None]
    sums: Floats = np.diff(
        summed_area[:, index] * (1 - share) + summed_area[:, index + 1] * share, axis=1
    )
    return sums
