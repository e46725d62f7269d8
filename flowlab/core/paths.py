"""Interpolants: how a pair (x0, x1) is joined, x_t = alpha(t) x0 + beta(t) x1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

Schedule = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Path:
    """A deterministic interpolant, given by its two schedules and their derivatives in t."""

    name: str
    alpha: Schedule
    beta: Schedule
    alpha_dot: Schedule
    beta_dot: Schedule

    def point(self, x0: Tensor, x1: Tensor, t: Tensor) -> Tensor:
        """x_t (n, 2) of pairs (n, 2) at times t (n,)."""
        t = t[:, None]
        return self.alpha(t) * x0 + self.beta(t) * x1

    def velocity(self, x0: Tensor, x1: Tensor, t: Tensor) -> Tensor:
        """dx_t/dt (n, 2), written I' in the literature; its mean given x_t is what a net learns."""
        t = t[:, None]
        return self.alpha_dot(t) * x0 + self.beta_dot(t) * x1


# IADB's alpha-blend, conditional optimal transport and rectified flow are all this one path.
LINEAR = Path(
    "linear",
    alpha=lambda t: 1 - t,
    beta=lambda t: t,
    alpha_dot=lambda t: t.new_full((), -1.0),
    beta_dot=lambda t: t.new_full((), 1.0),
)
