"""The velocity field that a solver integrates."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Field(Protocol):
    """A velocity field v(x, t): an oracle, a network, or any object with this method."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        ...
