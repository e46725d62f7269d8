"""What solvers carry particles along."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Field(Protocol):
    """What moves particles: an oracle, a network, anything with this one method."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        ...
