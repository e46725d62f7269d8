"""Domains with walls: which points lie inside, and how particles are reflected.

`square`, `rectangle`, `disc`, `triangle` and `polygon` (any closed stroke, with holes) make them.
Each has `inside`, `project`, `reflect`, `bounces`, `trace` (where the walls were met), `distance`,
`penetration`, `normal`, `rooms` and `uniform`, and `area`, `perimeter`, `bounds` and `rings`.
`kernel` gives the transition density of reflected Brownian motion in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.domains.domain import Domain
from flowlab.core.domains.makers import disc, polygon, rectangle, square, triangle

if TYPE_CHECKING:
    from flowlab.core.domains.kernels.kernel import HeatKernel

__all__ = ["Domain", "disc", "kernel", "polygon", "rectangle", "square", "triangle"]


def kernel(domain: Domain, modes: int = 200) -> HeatKernel:
    """The transition density of reflected Brownian motion in a domain, with so many harmonics.

    In heat time: dp/dtau = Laplacian p, tau = sigma^2 / 2. Raises `Invalid` for what isn't a
    domain, or for modes out of range.
    """
    from flowlab.core.domains.kernels import factory  # imports torch and scipy

    return factory.kernel(domain, modes)
