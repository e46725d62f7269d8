"""The interface of every deblender. Points are (2, n) float64, which NumPy reads contiguously."""

from __future__ import annotations

from typing import Protocol

from flowlab.core.array_types import Bools, Floats
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, ShouldStop

__all__ = ["MOST_TRIES", "Bools", "Deblender", "Drawn", "Floats", "Generators", "ShouldStop"]

MOST_TRIES = 20_000  # proposals for one pair


class Deblender(Protocol):
    """Draws pairs (x0, x1) given their blends x_alpha = (1 - alpha) x0 + alpha x1.

    Heitz, Belcour and Chambon 2023, "Iterative alpha-(de)blending", arXiv:2305.03486.
    """

    note: str  # a few words for a person: how it draws, and how exactly
    reuses_pair: bool  # True if, where no pair is found, a chain may use its last pair once more

    def sources(self, n: int, rng: Generators) -> Floats:
        """x0 (2, n) ~ p0."""

    def targets(self, n: int, rng: Generators) -> Floats:
        """x1 (2, n) ~ p1."""

    def draw(self, x: Floats, alpha: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n), with (1 - alpha) x0 + alpha x1 = x, for 0 < alpha < 1.

        x0 and x1 are NaN where no pair is found.
        """
