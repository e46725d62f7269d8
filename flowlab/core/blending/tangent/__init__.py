"""The tangent field D(x, alpha) = E[x1 - x0 | x_alpha = x], averaged on a grid, exact and learned.

Names that scripts call are imported on first use, so that importing a result loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowlab.core.blending.tangent.estimate import GridField, grid_field

__all__ = ["GridField", "grid_field"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flowlab.core.blending.tangent import estimate

    return getattr(estimate, name)
