"""The tangent field of (de)blending, averaged on a grid, beside the exact and the learned one.

What scripts call is imported on first use, so that a result costs no torch.
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
