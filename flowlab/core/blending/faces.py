"""What every way of deblending answers. Points are (2, n), float64: long runs of equal work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch

Floats = np.ndarray[Any, Any]  # float64, but for what goes into a bundle: float32
Bools = np.ndarray[Any, Any]
ShouldStop = Callable[[], bool]

MOST_TRIES = 20_000  # proposals for one pair


@dataclass(frozen=True, eq=False)
class Drawn:
    """A pair (x0, x1) for each of n points, NaN where none was found."""

    x0: Floats  # (2, n)
    x1: Floats  # (2, n)
    proposals: float = 0.0  # of all points together; n where none was in vain

    @property
    def found(self) -> Bools:
        """Has a point a pair? (n,)."""
        found: Bools = np.isfinite(self.x0[0])
        return found


class Dice:
    """A torch generator, and one of NumPy's that it seeds, which is four times as fast."""

    def __init__(self, generator: torch.Generator) -> None:
        self.torch = generator

    @cached_property
    def numpy(self) -> np.random.Generator:
        """NumPy's, once it is asked for."""
        seed = int(torch.randint(1 << 62, (1,), generator=self.torch))
        return np.random.Generator(np.random.SFC64(seed))

    def uniform(self, *shape: int) -> Floats:
        """Uniform numbers in [0, 1), float64."""
        numbers: Floats = self.numpy.random(shape)
        return numbers


class Deblender(Protocol):
    """Draws the pairs (x0, x1) that could have blended into given points.

    Heitz, Belcour, Chambon 2023, "Iterative alpha-(de)blending", section 3.
    """

    note: str  # a few words for a person: how it draws, and how exactly
    keeps: bool  # where no pair is found, is the one that made the point as good as another?

    def sources(self, n: int, dice: Dice) -> Floats:
        """x0 (2, n) ~ p0."""

    def targets(self, n: int, dice: Dice) -> Floats:
        """x1 (2, n) ~ p1."""

    def draw(self, x: Floats, alpha: float, dice: Dice) -> Drawn:
        """One pair for each x (2, n), given (1 - alpha) x0 + alpha x1 = x; 0 < alpha < 1."""


def in_order(drawn: Floats, solved: Floats, drawn_is_target: bool) -> tuple[Floats, Floats]:
    """(x0, x1) of the end that was drawn and the one that was solved for."""
    return (solved, drawn) if drawn_is_target else (drawn, solved)
