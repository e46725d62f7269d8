"""The protocol of all oracles, and how they take points and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.document.arguments import whole
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown

Points = ArrayLike | Tensor  # (n, 2)
Times = float | ArrayLike | Tensor  # a number, or (n,)

MOST_PAIRS = 1 << 26  # in one call, of all points together: 2 GB


@dataclass(frozen=True)
class Facts:
    """How accurate an oracle is, and what else it can compute."""

    exact: bool  # True if only rounding errors remain
    kind: str  # "mixture", "empirical", "polygon" or "grid"
    note: str  # one sentence for the user: what it is exact for, or how accurate
    has_score: bool = True
    has_pairs: bool = True


@runtime_checkable
class Oracle(Protocol):
    """The exact field between two distributions with independent pairs.

    x is (n, 2), a tensor or array; t is a number in [0, 1] or (n,). Computed in float64; results
    have the dtype and device of x. An undefined value is NaN, never 0.
    """

    document: Document | None  # whose exact field this is, if any

    @property
    def facts(self) -> Facts:
        """The oracle's accuracy and abilities."""

    def density(self, x: Points, t: Times) -> Tensor:
        """Density p_t(x), (n,)."""

    def log_density(self, x: Points, t: Times) -> Tensor:
        """log p_t(x), (n,)."""

    def velocity(self, x: Points, t: Times) -> Tensor:
        """b(x, t) = E[dx_t/dt | x_t = x], (n, 2)."""

    def score(self, x: Points, t: Times) -> Tensor:
        """grad log p_t(x), (n, 2); raises `Invalid` unless `facts.has_score`."""

    def pairs(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2)."""

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t ~ p_t (n, 2), float64, one for each time in t (n,)."""

    def inside(self, x: Points, t: Times) -> Tensor:
        """True where the field is defined, (n,) bool."""


def oracle_of(given: Any) -> Oracle:
    """The oracle; raises `Invalid` for anything else."""
    if not (callable(getattr(given, "velocity", None)) and hasattr(given, "document")):
        raise Invalid(f"Give an oracle, as of flowlab.oracle(), not {shown(given)}.")
    oracle: Oracle = given
    return oracle


def count_of(n: Any, points: int) -> int:
    """How many pairs to draw at each of so many points; raises `Invalid` for none or too many."""
    return whole(n, "n, how many pairs to draw,", 1, MOST_PAIRS // max(1, points))
