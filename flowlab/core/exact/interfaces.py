"""What every oracle answers, and how it takes its points and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid

Points = ArrayLike | Tensor  # (n, 2)
Times = float | ArrayLike | Tensor  # a number, or (n,)

_SLACK = 1e-6  # of a time that should be an end and was rounded


@dataclass(frozen=True)
class Facts:
    """How well an oracle knows its field, and what else it knows."""

    exact: bool  # no error but that of rounding
    kind: str  # "mixture", "empirical", "polygon" or "grid"
    note: str  # one sentence for a person: of what it is exact, or how nearly it is
    has_score: bool = True
    has_pairs: bool = True


@runtime_checkable
class Oracle(Protocol):
    """The exact field between two distributions whose pairs are drawn independently.

    x is (n, 2), tensors or arrays; t is a number in [0, 1] or (n,). Computed in float64; floating
    results have the dtype of x and its place. Where a field is not defined it is NaN, never zero.
    """

    document: Document | None  # whose exact field this is, where it is of one

    @property
    def facts(self) -> Facts:
        """What this oracle knows and how well."""

    def density(self, x: Points, t: Times) -> Tensor:
        """Density of x_t, (n,)."""

    def log_density(self, x: Points, t: Times) -> Tensor:
        """Natural logarithm of the density of x_t, (n,)."""

    def velocity(self, x: Points, t: Times) -> Tensor:
        """E[dx_t/dt | x_t = x], (n, 2)."""

    def score(self, x: Points, t: Times) -> Tensor:
        """Gradient of the log density, (n, 2); raises `Invalid` where `facts.has_score` is not."""

    def pairs(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2)."""

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""

    def inside(self, x: Points, t: Times) -> Tensor:
        """Is the field defined there? (n,) bool."""


def times_of(t: Times, n: int, like: Tensor) -> Tensor:
    """Times (1,), the same for all, or (n,), of the dtype and place of `like`; raises `Invalid`."""
    times = torch.as_tensor(t, dtype=like.dtype, device=like.device).detach()
    if times.shape not in ((), (1,), (n,)):
        raise Invalid("Times must be one number, or one for each point.")
    if times.numel() and not -_SLACK <= float(times.min()) <= float(times.max()) <= 1 + _SLACK:
        raise Invalid("Times must be from 0, the source, to 1, the target.")
    return times.reshape(-1).clamp(0, 1)


def check_count(n: int) -> None:
    """Raise `Invalid` unless at least one pair is asked for."""
    if n < 1:
        raise Invalid(f"Draw at least one pair, not {n}.")
