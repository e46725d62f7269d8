"""What a lens shows at one point x and t: pairs (x0, x1) given x_t = x, and their mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.views.query import Query

NONE_FOUND = 3.0  # so many are expected at most, with 95 % probability, where none was found


@dataclass(frozen=True)
class LensQuery(Query["LensAnswer"]):
    """The position of a lens: a point of the plane, a time, and the radius of its rim."""

    x: float
    y: float
    t: float
    radius: float


@dataclass(frozen=True, eq=False, kw_only=True)
class LensAnswer:
    """The answer of a lens. Where no pair passes, `paths` is empty and `note` says why.

    Every path leads from an x0 of the source through the point at time t to an x1 of the target:
    a straight line for the linear path, otherwise the interpolant's curve for that pair.
    """

    query: LensQuery
    paths: Floats  # (n, S, 2) at S evenly spaced times from 0 to 1, float32
    straight: bool  # True if the paths are straight lines; then S is 2
    mean0: Floats | None = None  # (2,), E[x0 | x]
    mean1: Floats | None = None  # (2,), E[x1 | x]
    cov0: Floats | None = None  # (2, 2), Cov[x0 | x]
    cov1: Floats | None = None
    exact: Floats | None = None  # (2,), the mean velocity E[dx_t/dt | x_t = x] of the pairs
    learned: Floats | None = None  # (2,), the network's velocity
    density: float | None = None  # p_t(x)
    mass: float | None = None  # probability inside the rim
    drawn: int = 0  # number of pairs in the means and covariances
    pool: int = 0  # drawn pairs that density and mass were estimated from; 0 where they are exact
    reach: float = 1.0  # radii of the rim, within which these pairs pass
    note: str = ""  # how the exact part is known, or why nothing is shown
    step: int = 0  # training step of the network

    @property
    def inside(self) -> int:
        """How many pairs of the pool pass within the rim."""
        return round((self.mass or 0.0) * self.pool)

    @property
    def density_error(self) -> float:
        """Standard error of an estimated density; where no pair was found, its limit (95 %)."""
        if not self.pool:
            return 0.0
        deviation = np.sqrt(self.inside * (1 - self.inside / self.pool)) or NONE_FOUND
        return float(deviation / self.pool / (np.pi * self.query.radius**2))

    @property
    def angle(self) -> float | None:
        """Degrees between the learned and the exact velocity."""
        if self.exact is None or self.learned is None:
            return None
        turn = np.arctan2(*self.learned[::-1]) - np.arctan2(*self.exact[::-1])
        return float(np.degrees(abs((turn + np.pi) % (2 * np.pi) - np.pi)))

    @property
    def error(self) -> float | None:
        """|learned - exact| / |exact|."""
        if self.exact is None or self.learned is None:
            return None
        size = float(np.hypot(*self.exact))
        return float(np.hypot(*(self.learned - self.exact))) / size if size > 0 else None
