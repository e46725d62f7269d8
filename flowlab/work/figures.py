"""The figures of the metrics panel as frozen values; none of them needs torch to be read."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.array_types import Floats
from flowlab.core.estimates import as_good_as_fresh

# The names that `Engine.measure` takes, each with the figures that it computes.
GAUGES = {
    "sliced": ("sliced_w2",),
    "energy": ("energy",),
    "mmd": ("mmd",),
    "learned": ("excess", "velocity", "angle"),
    "exact": ("exact_w2",),
    "paths": ("npe", "straightness"),
    "continuity": ("continuity",),
    "likelihood": ("likelihood",),
    "integral": ("integral",),
    "carrying": ("model", "integration"),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the metrics panel; where it has no value, `note` says why."""

    value: float | None = None
    error: float | None = None  # standard error of the value; None where it isn't known
    floor: float | None = None  # what it would be for a perfect flow
    spread: float | None = None  # standard deviation of the floor over the pairs
    gap_error: float | None = None  # standard error of value - floor, if of the same samples
    n: int = 0  # number of samples
    pairs: int = 0  # pairs of independent sample sets in the floor
    step: int = 0  # training step of the weights
    note: str = ""

    @property
    def as_good(self) -> bool:
        """True if the value can't be told from fresh samples: within two deviations of the floor.

        Value and floor are distances to the same samples, so that they differ by chance only; or
        means over the same samples, whose difference is less than two of its standard errors.
        """
        if self.gap_error is not None and self.value is not None and self.floor is not None:
            return abs(self.value - self.floor) <= 2 * self.gap_error
        return as_good_as_fresh(self.value, self.floor, self.spread)


@dataclass(frozen=True, eq=False, kw_only=True)
class ByTime:
    """Errors of the learned velocity in B equal intervals of t; NaN where nothing is known."""

    edges: Floats  # (B + 1,)
    excess: Floats  # (B,), E|v - v*|^2
    excess_error: Floats  # (B,), its standard error
    velocity: Floats  # (B,), rms|v - v*| / rms|v*|
    velocity_error: Floats
    angle: Floats  # (B,), degrees
    angle_error: Floats
    step: int = 0
