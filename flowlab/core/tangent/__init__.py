"""The tangent field of (de)blending, averaged on a grid, beside the exact and the learned one."""

from flowlab.core.tangent.estimate import GridField, grid_field

__all__ = ["GridField", "grid_field"]
