"""How far one cloud of points is from another, and a learned field from the exact one.

Clouds are tensors, arrays or lists of rows x, y.
"""

from __future__ import annotations

from flowlab.core.metrics.clouds import Cloud
from flowlab.core.metrics.distances import energy_distance, exact_w2, sliced_w2
from flowlab.core.metrics.floors import sliced_w2_floor
from flowlab.core.metrics.velocity import velocity_error

__all__ = [
    "Cloud",
    "energy_distance",
    "exact_w2",
    "sliced_w2",
    "sliced_w2_floor",
    "velocity_error",
]
