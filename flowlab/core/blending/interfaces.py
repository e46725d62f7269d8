"""What every way of deblending answers. Points are (2, n), float64: long runs of equal work."""

from __future__ import annotations

from typing import Protocol

from flowlab.core.array_types import Bools, Floats
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, ShouldStop

__all__ = ["MOST_TRIES", "Bools", "Deblender", "Drawn", "Floats", "Generators", "ShouldStop"]

MOST_TRIES = 20_000  # proposals for one pair


class Deblender(Protocol):
    """Draws the pairs (x0, x1) that could have blended into given points.

    Heitz, Belcour, Chambon 2023, "Iterative alpha-(de)blending", section 3.
    """

    note: str  # a few words for a person: how it draws, and how exactly
    reuses_pair: bool  # where no pair is found, is the one that made the point as good as another?

    def sources(self, n: int, rng: Generators) -> Floats:
        """x0 (2, n) ~ p0."""

    def targets(self, n: int, rng: Generators) -> Floats:
        """x1 (2, n) ~ p1."""

    def draw(self, x: Floats, alpha: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n), given (1 - alpha) x0 + alpha x1 = x; 0 < alpha < 1."""
