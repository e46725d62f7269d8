"""The field between any two distributions, by their densities on grids; as accurate as the grids.

Where there is neither a closed form nor a polygon (drawings, pictures, text, curves, clouds), the
density of x_t and its posterior means come from characteristic functions (`spectrum`). Tables of
the last times asked for are cached, and interpolated.
"""

from __future__ import annotations

import copy
import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.distributions.checks import (
    generator_of,
    near_of,
    points_of,
    time_row,
    times_of,
)
from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.arguments import is_whole, row_of
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.exact.cell_masses import masses_of
from flowlab.core.exact.interfaces import Facts, Points, Times, count_of
from flowlab.core.exact.posterior.cells import CellPairs
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.noisy_cells import is_felt, noisy_pairs
from flowlab.core.exact.tables import TimeTables
from flowlab.core.exact.time_slice import Endpoints, FieldValues, TimeSlice
from flowlab.core.interpolants.paths import Interpolant

_CACHED_TIMES = 24  # times whose tables are cached
_FEW = 256  # up to so many points are evaluated without a table
_SEVERAL = 12  # times in one call; more are interpolated between knots
_KNOTS = 65  # such knots in time
_LIMITS = (16, 512)  # of the resolution


class GridOracle:
    """Density, velocity, score and posterior pairs on grids, for independent ends.

    `resolution` is the number of cells along each axis of the support of x_t; the ends have twice
    as many.
    """

    def __init__(self, ends: Endpoints, drawn: tuple[Distribution, Distribution]) -> None:
        self._ends, self._drawn = ends, drawn
        self.resolution = ends.source.mass.shape[0] // 2
        self.document: Document | None = None
        self._time_slice = lru_cache(maxsize=_CACHED_TIMES)(self._make_slice)
        self._table = lru_cache(maxsize=_CACHED_TIMES)(self._make_table)
        self._knots = lru_cache(maxsize=1)(self._make_knots)

    @classmethod
    def of(
        cls, source: Distribution, target: Distribution, path: Interpolant, resolution: int = 128
    ) -> GridOracle:
        """The oracle of two distributions.

        Raises `Invalid` if one of them has no mass, or if the resolution is odd or out of range.
        """
        if not is_whole(resolution, *_LIMITS) or resolution % 2:
            raise Invalid(
                f"The resolution must be an even number from {_LIMITS[0]} to {_LIMITS[1]}, not "
                f"{shown(resolution)}."
            )
        one, other = (masses_of(end, 2 * resolution) for end in (source, target))  # type: ignore[arg-type]
        return cls(Endpoints(one, other, path), (source, target))

    @property
    def facts(self) -> Facts:
        """Not exact; the note states the resolution."""
        cells = self.resolution
        note = f"Nearly exact: computed on a grid of {cells} × {cells} cells."
        return Facts(exact=False, kind="grid", note=note)

    def field(self, t: float, xs: Points, ys: Points) -> tuple[Tensor, Tensor]:
        """Density (H, W) and velocity (H, W, 2) at time t on ticks xs (W,), ys (H,), float64.

        Outside the support, density is 0 and velocity NaN.
        """
        x, y = (
            torch.tensor(row_of(ticks, f"The ticks {name}"), dtype=torch.float64)
            for name, ticks in (("xs", xs), ("ys", ys))
        )
        time = times_of(t, 1, x)
        values = self._time_slice(float(time)).on_ticks(x, y, score=False)
        return values.density, values.velocity(self._ends.path, time)

    def remembering(self, times: int) -> GridOracle:
        """The same, which keeps so many of the last times asked for at few points."""
        kept = copy.copy(self)
        kept._time_slice = lru_cache(maxsize=times)(lambda t: self._make_slice(t).lean())
        return kept

    def slice_at(self, t: float, keep: bool = True) -> TimeSlice:
        """x_t at one t; one that is not asked for again needn't be kept."""
        return self._time_slice(t) if keep else self._make_slice(t).lean()

    def density(self, x: Points, t: Times) -> Tensor:
        """Density of x_t, (n,); 0 outside the support."""
        values, _, like = self._values_at(x, t)
        return values.density.to(like)

    def log_density(self, x: Points, t: Times) -> Tensor:
        """Natural logarithm of the density of x_t, (n,); -inf outside the support."""
        values, _, like = self._values_at(x, t)
        return values.density.log().to(like)

    def inside(self, x: Points, t: Times) -> Tensor:
        """True where the density exceeds a thousandth of its mean over the box, (n,) bool."""
        return self._values_at(x, t)[0].inside

    def velocity(self, x: Points, t: Times) -> Tensor:
        """E[dx_t/dt | x_t = x], (n, 2); NaN outside the support."""
        values, times, like = self._values_at(x, t)
        return values.velocity(self._ends.path, times[:, None]).to(like)

    def score(self, x: Points, t: Times) -> Tensor:
        """Gradient of the log density, (n, 2); NaN outside the support."""
        values, _, like = self._values_at(x, t, score=True)
        return values.score.to(like)

    def pairs(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2).

        NaN at points outside the support. Raises `Invalid` for n < 1.
        """
        points, like = points_of(x)
        n, generator = count_of(n, len(points)), generator_of(generator, "cpu")
        points = points.double().cpu()
        points = torch.where(near_of(points)[:, None], points, math.nan)
        times = times_of(t, len(points), points).expand(len(points))
        drawn = torch.empty(2, len(points), n, 2, dtype=torch.float64)
        for time in sorted(set(times.tolist())):
            rows = (times == time).nonzero()[:, 0]
            drawn[:, rows] = self._pairs(points[rows], self._time_slice(time), n, generator)
        return drawn[0].to(like), drawn[1].to(like)

    def _pairs(
        self, x: Tensor, now: TimeSlice, n: int, generator: torch.Generator | None
    ) -> Tensor:
        """x0 and x1 (2, m, n, 2) at points (m, 2) of one time."""
        if is_felt(now):
            each = [torch.stack(noisy_pairs(now, point, n, generator)) for point in x]
            return torch.stack(each, 1)
        pairs = CellPairs(*self._drawn, self._ends.path, 2 * self.resolution)
        rng = Generators(generator_of(generator, "cpu"))
        ends = pairs.several(x.T.numpy(), now.t, n, rng, now.gamma)
        return torch.from_numpy(np.stack(ends)).permute(0, 2, 3, 1)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""
        t, path, generator = time_row(t), self._ends.path, generator_of(generator, "cpu")
        x0, x1 = (end.sample(len(t), generator).double() for end in self._drawn)
        z = torch.randn(len(t), 2, dtype=t.dtype, generator=generator) if path.noisy else None
        return path.point(x0, x1, t, z)

    def _values_at(
        self, x: Points, t: Times, score: bool = False
    ) -> tuple[FieldValues, Tensor, Tensor]:
        points, like = points_of(x)
        points = points.double().cpu()
        times = times_of(t, len(points), points)
        values = self._read(points, times, score)
        values.density[points.isnan().any(1)] = math.nan
        return values, times, like

    def _read(self, points: Tensor, times: Tensor, score: bool) -> FieldValues:
        if len(times) == 1 and len(points) <= _FEW:
            return self._time_slice(float(times)).at_points(points, score)
        distinct, which = torch.unique(times, return_inverse=True)
        if len(distinct) > _SEVERAL:
            return self._knots().at_points(points, times)
        if len(distinct) == 1 and len(points) <= _FEW:
            return self._time_slice(float(distinct)).at_points(points, score)
        if len(distinct) == 1:
            return self._table(float(distinct)).at_points(points, times)
        return self._by_time(points, distinct, which)

    def _by_time(self, points: Tensor, distinct: Tensor, which: Tensor) -> FieldValues:
        values = FieldValues.blank(len(points))
        for k, time in enumerate(distinct):
            rows = (which == k).nonzero()[:, 0]
            values.fill(rows, self._table(float(time)).at_points(points[rows], time[None]))
        return values

    def _make_knots(self) -> TimeTables:
        times = torch.linspace(0, 1, _KNOTS, dtype=torch.float64).tolist()
        return TimeTables.of([self._make_slice(t) for t in times])

    def _make_slice(self, t: float) -> TimeSlice:
        return TimeSlice(self._ends, t, self.resolution // 2)

    def _make_table(self, t: float) -> TimeTables:
        return TimeTables.of([self._time_slice(t)])
