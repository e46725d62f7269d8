"""The result of the view `round_trip`: particles taken to the source and back; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.views.bundle import Bundle

Kind = Literal["ode", "sde"]
LINES = 60  # particles whose two places are joined by a line


@dataclass(frozen=True, eq=False, kw_only=True)
class Trip:
    """The way there of some particles, from the target to the source; the bundle is the way back.

    Both are read at the same t: at t = 0 they are the same points.
    """

    kind: Kind
    there: Bundle

    def distances(self, back: Bundle, t: float) -> Floats:
        """How far each particle (n,) is at t from where it was on the way there."""
        apart: Floats = np.linalg.norm(back.at(t) - self.there.at(t), axis=1)
        return apart

    def error(self, back: Bundle, t: float) -> Estimate | None:
        """The mean of these distances; None if particles are lost."""
        apart = self.distances(back, t)
        return mean_estimate(apart) if len(apart) and bool(np.isfinite(apart).all()) else None

    def compact(self) -> Trip:
        """The same with 16 bits for each coordinate."""
        return replace(self, there=self.there.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the way there."""
        return self.there.nbytes


@dataclass(frozen=True, eq=False, kw_only=True)
class RoundTrips:
    """The way back by the ODE and by the SDE, each with its way there as its `extra`."""

    ways: tuple[Bundle, ...]
    fresh: Estimate  # mean distance between two independent points of the target
    exact: bool = False  # True if the exact velocity carries the particles
    refused: str = ""  # why there is no SDE

    def compact(self) -> RoundTrips:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, ways=tuple(way.compact() for way in self.ways))

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all trajectories."""
        return sum(way.nbytes for way in self.ways)


def trips_of(bundle: Bundle | None) -> RoundTrips | None:
    """The round trips that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, RoundTrips) else None


def trip_of(bundle: Bundle | None) -> Trip | None:
    """The way there that belongs to a way back, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Trip) else None
