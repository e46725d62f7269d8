"""The protocol of posterior samplers. Points are (2, n), float64, for long contiguous loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.interpolants.paths import LINEAR, Interpolant

ShouldStop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A pair (x0, x1) for each of n points; NaN where none was found."""

    x0: Floats  # (2, n)
    x1: Floats  # (2, n)
    proposals: float = 0.0  # of all points together; n if none was rejected

    @property
    def found(self) -> Bools:
        """True where a pair was found, (n,)."""
        finite: Bools = np.isfinite(self.x0[0])
        return finite


class Generators:
    """A torch generator, and a NumPy generator seeded from it, which is four times as fast."""

    def __init__(self, rng: torch.Generator) -> None:
        self.torch = rng

    @cached_property
    def numpy(self) -> np.random.Generator:
        """NumPy's generator, created on first use."""
        seed = int(torch.randint(1 << 62, (1,), generator=self.torch))
        return np.random.Generator(np.random.SFC64(seed))

    def uniform(self, *shape: int) -> Doubles:
        """Uniform numbers in [0, 1)."""
        numbers: Doubles = self.numpy.random(shape)
        return numbers


Sample = Callable[[int, Generators], Floats]


class PairSampler(Protocol):
    """Samples the posterior of pairs (x0, x1) given x_t.

    The posterior is that of independent x0 ~ p0 and x1 ~ p1 given alpha(t) x0 + beta(t) x1 = x.
    """

    note: str  # a few words for the user: the method and its accuracy

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n); NaN where none was found."""


def coefficients(path: Interpolant, t: float) -> tuple[float, float]:
    """alpha(t) and beta(t)."""
    if path is LINEAR:
        return 1 - t, t
    time = torch.tensor(t, dtype=torch.float64)
    return float(path.alpha(time)), float(path.beta(time))


def in_order(drawn: Floats, solved: Floats, drawn_is_target: bool) -> tuple[Floats, Floats]:
    """(x0, x1) from the sampled end and the one solved for."""
    return (solved, drawn) if drawn_is_target else (drawn, solved)
