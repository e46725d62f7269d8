"""Each loss one function and one equation; v and displacement = x1 - x0 are (n, 2)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def mse(v: Tensor, displacement: Tensor) -> Tensor:
    """Mean over pairs and axes of (v - I')^2; half of `squared_error`. S000, CFM, IADB tutorial."""
    return (v - displacement).square().mean()


def quadratic(v: Tensor, displacement: Tensor) -> Tensor:
    """E[|v|^2 / 2 - I'.v] = (E|v - I'|^2 - E|I'|^2) / 2, negative at its optimum. S003."""
    return (0.5 * v.square() - displacement * v).sum(-1).mean()


def squared_error(v: Tensor, displacement: Tensor) -> Tensor:
    """E|v - I'|^2, summed over the two axes: the figure that is shown as "mse"."""
    return (v - displacement).square().sum(-1).mean()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": mse, "quadratic": quadratic}


def slope(v: Tensor, displacement: Tensor) -> Tensor:
    """Gradient in v (n, 2) of either loss: (v - I') / n for both, so they train alike."""
    return (v - displacement) / len(v)
