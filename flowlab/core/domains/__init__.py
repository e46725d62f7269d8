"""Domains with walls: which points lie inside, and how particles are reflected.

`square`, `rectangle`, `disc`, `triangle` and `polygon` (any closed stroke, with holes) make them.
Each has `inside`, `project`, `reflect`, `bounces`, `trace` (where the walls were met), `distance`,
`penetration`, `normal`, `rooms` and `uniform`, and `area`, `perimeter`, `bounds` and `rings`.
`kernel` gives the transition density of reflected Brownian motion in one.
"""

from __future__ import annotations

from flowlab.core.domains.domain import Domain
from flowlab.core.domains.kernels.factory import kernel
from flowlab.core.domains.makers import disc, polygon, rectangle, square, triangle

__all__ = ["Domain", "disc", "kernel", "polygon", "rectangle", "square", "triangle"]
