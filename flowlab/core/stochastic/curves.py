"""The result of the view `characteristics`; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.stochastic.cell import CellFlow
from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, eq=False, kw_only=True)
class Characteristics:
    """Curves of the velocity with their log densities, and the flow through a cell."""

    times: Floats  # (T,) evenly from 0 to 1
    points: Floats  # (T, n, 2)
    change: Floats  # (T, n) log rho_t(X_t) - log rho_0(X_0), from the divergence
    start: Floats  # (n,) log rho_0(X_0); NaN where the source's density isn't known
    known: Floats | None  # (T, n) log p_t(X_t) of the exact flow; None where it isn't known
    cell: CellFlow | None
    unknown: str = ""  # why there is no exact density, or no flow through the cell
    exact: bool = False  # True if the exact velocity carries the curves
    condition: int | None = None  # the class whose velocity it is, of a conditional network

    def __post_init__(self) -> None:
        for array in (self.times, self.points, self.change, self.start):
            array.setflags(write=False)

    def compact(self) -> Characteristics:
        """Itself: there are few curves."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        parts = (self.times, self.points, self.change, self.start, self.known, self.cell)
        return sum(part.nbytes for part in parts if part is not None)

    @property
    def count(self) -> int:
        """The number of curves."""
        return int(self.points.shape[1])

    def at(self, t: float) -> Floats:
        """The places (n, 2) at t."""
        place = min(max(t, 0.0), 1.0) * (len(self.times) - 1)
        i = min(int(place), len(self.times) - 2)
        share = place - i
        found: Floats = (1 - share) * self.points[i] + share * self.points[i + 1]
        return found

    def log_density(self, curve: int) -> Floats:
        """log rho_t(X_t) (T,) of one curve; NaN where the source's density isn't known."""
        along: Floats = self.start[curve] + self.change[:, curve]
        return along

    def value_at(self, values: Floats, t: float) -> float:
        """A value along a curve (T,) at t."""
        return float(np.interp(t, self.times, values))


def characteristics_of(bundle: Bundle | None) -> Characteristics | None:
    """The characteristics that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Characteristics) else None
