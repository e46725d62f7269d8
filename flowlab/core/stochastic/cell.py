"""What flows through a cell over time, read at any t; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.stochastic.cubic import cubic_between

SIDES = ("left", "right", "bottom", "top")


@dataclass(frozen=True)
class Balance:
    """The mass of a cell at one t, how fast it changes, and what flows in through each side."""

    mass: float
    rate: float
    inflow: tuple[float, ...]  # through the sides; negative where mass flows out
    exact_inflow: tuple[float, ...]  # the same with the exact velocity

    @property
    def total(self) -> float:
        """What flows in through all sides together."""
        return sum(self.inflow)

    @property
    def residual(self) -> float:
        """By how much the change of mass differs from the inflow: 0 by the continuity equation."""
        return self.rate - self.total

    @property
    def quadrature(self) -> float:
        """The same with the exact velocity, where it is the error of the quadrature alone."""
        return self.rate - sum(self.exact_inflow)


@dataclass(frozen=True, eq=False, kw_only=True)
class CellFlow:
    """Mass and flux of a square cell at even times; NaN where they are not known."""

    x: float  # the centre
    y: float
    size: float
    times: Floats  # (T,)
    nodes: Floats  # (n,) places along each side, from -1 to 1
    profile: Floats  # (T, 4, n) the outward flux density p b.n at those places
    mass: Floats  # (T,)
    rate: Floats  # (T,) of the mass
    inflow: Floats  # (T, 4) through left, right, bottom and top
    exact_inflow: Floats  # (T, 4) with the exact velocity

    def __post_init__(self) -> None:
        for array in self._arrays:
            array.setflags(write=False)

    @property
    def _arrays(self) -> list[Floats]:
        values = (getattr(self, field.name) for field in fields(self))
        return [value for value in values if isinstance(value, np.ndarray)]

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(array.nbytes for array in self._arrays)

    @property
    def strongest(self) -> float:
        """The largest flux density through a side at any time: one scale for a whole film."""
        known = np.abs(self.profile[np.isfinite(self.profile)])
        return float(known.max(initial=0.0))

    @property
    def largest(self) -> float:
        """The largest inflow through a side or in all, or rate, at any time: one scale as well."""
        parts = (self.inflow.ravel(), self.inflow.sum(-1), self.rate)
        values = np.abs(np.concatenate(parts))
        return float(values[np.isfinite(values)].max(initial=0.0))

    def at(self, t: float) -> Balance:
        """The balance at t, between the times by cubic interpolation, which keeps all sums."""
        mass, rate = (float(cubic_between(row, t)) for row in (self.mass, self.rate))
        rows = (cubic_between(row, t).tolist() for row in (self.inflow, self.exact_inflow))
        inflow, exact = (tuple(row) for row in rows)
        return Balance(mass, rate, inflow, exact)

    def profile_at(self, t: float) -> Floats:
        """The outward flux densities (4, n) at t."""
        return cubic_between(self.profile, t)
