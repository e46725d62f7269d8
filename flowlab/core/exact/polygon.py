"""The exact field between two uniform regions with straight edges, by intersecting them.

Given x = alpha x0 + beta x1, x1 is uniform on the target intersected with (x - alpha source) /
beta: the density follows from its area, the velocity from its centroid, the score from its edges.
While beta > alpha the ends swap roles, so both ends of time are as accurate as the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.checks import generator_of, near_of, points_of, time_row, times_of
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.exact.interfaces import Facts, Points, Times, count_of
from flowlab.core.exact.intersection import intersect, sample_intersection
from flowlab.core.exact.outlines import Outline, outline_of
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.regions import RegionPairs
from flowlab.core.interpolants.paths import Interpolant

_LEAST = 1e-9  # of the larger coefficient: less counts as an end of time
_MOST = 512  # pairs of edges; with more a grid is faster and nearly as accurate


@dataclass(eq=False)
class _FieldValues:
    """The conditional quantities given x_t = x, for n points."""

    density: Tensor  # (n,)
    mean0: Tensor  # (n, 2), E[x0 | x]
    mean1: Tensor  # (n, 2), E[x1 | x]
    score: Tensor  # (n, 2)
    variance: Tensor  # (n,), of dx_t/dt


class PolygonOracle:
    """Closed form of a path without latent noise between two independent uniform regions.

    Either may be a polygon, convex or not, or a checkerboard. In float64.
    """

    def __init__(
        self, source: Outline, target: Outline, ends: tuple[Distribution, ...], path: Interpolant
    ) -> None:
        self._outlines, self._ends, self._path = (source, target), ends, path
        self._pairs = RegionPairs(source, target, path)
        self.document: Document | None = None

    @classmethod
    def of(cls, source: Shape, target: Shape, path: Interpolant) -> PolygonOracle | None:
        """The oracle, or None if an end is no such region, has noise, or the path is noisy.

        Raises `Invalid` for a polygon that has no area or crosses itself.
        """
        if path.noisy:
            return None
        one, other = outline_of(source), outline_of(target)
        if one is None or other is None or len(one.corners) * len(other.corners) > _MOST:
            return None
        return cls(one, other, (build(source), build(target)), path)

    @property
    def facts(self) -> Facts:
        """Exact, with score and pairs."""
        note = "Exact: areas, centroids and edges of intersections of the two regions."
        return Facts(exact=True, kind="polygon", note=note)

    def density(self, x: Points, t: Times) -> Tensor:
        """Density of x_t, (n,); 0 outside the support."""
        values, like = self._values_at(x, t)
        return values.density.to(like)

    def log_density(self, x: Points, t: Times) -> Tensor:
        """Natural logarithm of the density of x_t, (n,); -inf outside the support."""
        values, like = self._values_at(x, t)
        return values.density.log().to(like)

    def inside(self, x: Points, t: Times) -> Tensor:
        """True where x lies in the support of x_t, (n,) bool."""
        return self._values_at(x, t)[0].density > 0

    def velocity(self, x: Points, t: Times) -> Tensor:
        """E[dx_t/dt | x_t = x], (n, 2); NaN outside the support."""
        return self.both(x, t)[1]

    def both(self, x: Points, t: Times) -> tuple[Tensor, Tensor]:
        """Density (n,) and velocity (n, 2), computed together."""
        values, like = self._values_at(x, t)
        times = times_of(t, len(values.density), values.density)[:, None]
        alpha_dot, beta_dot = self._path.alpha_dot(times), self._path.beta_dot(times)
        velocity = alpha_dot * values.mean0 + beta_dot * values.mean1
        return values.density.to(like), velocity.to(like)

    def score(self, x: Points, t: Times) -> Tensor:
        """Gradient of the log density, (n, 2); NaN outside the support."""
        values, like = self._values_at(x, t)
        return values.score.to(like)

    def residual(self, x: Points, t: Times) -> Tensor:
        """Trace of Cov[dx_t/dt | x_t = x], (n,): the irreducible squared error at x."""
        values, like = self._values_at(x, t)
        return values.variance.to(like)

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
        times = times_of(t, len(points), points)
        if len(times) == 1 and self._pairs.suits(float(times), n):
            rng = Generators(generator)
            pairs = self._pairs.several(points.T.numpy(), float(times), n, rng)
            x0, x1 = (torch.from_numpy(end).permute(1, 2, 0).to(like) for end in pairs)
            return x0, x1
        drawn = torch.full((2, len(points), n, 2), math.nan, dtype=torch.float64)
        times = times.expand(len(points))
        for late, rows in self._groups(times):
            here, s = points[rows], times[rows, None]
            fixed, moving, a, b = self._roles(late, s)
            y = sample_intersection(fixed, moving, (here, a, b), n, generator)
            drawn[1 - late, rows] = y
            drawn[int(late), rows] = (here[:, None] - b[:, None] * y) / a[:, None]
        return drawn[0].to(like), drawn[1].to(like)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""
        t, generator = time_row(t), generator_of(generator, "cpu")
        x0, x1 = (end.sample(len(t), generator).double() for end in self._ends)
        return self._path.point(x0, x1, t)

    def _values_at(self, x: Points, t: Times) -> tuple[_FieldValues, Tensor]:
        points, like = points_of(x)
        points = points.double().cpu()
        n = len(points)
        times = times_of(t, n, points).expand(n)
        density, variance = torch.zeros_like(points[:, 0]), torch.full_like(points[:, 0], math.nan)
        mean0, mean1, score = (torch.full_like(points, math.nan) for _ in range(3))
        values = _FieldValues(density, mean0, mean1, score, variance)
        for late, rows in self._groups(times):
            self._fill(values, points[rows], times[rows, None], late, rows)
        values.density[points.isnan().any(1)] = math.nan
        return values, like

    def _fill(self, values: _FieldValues, x: Tensor, t: Tensor, late: bool, rows: Tensor) -> None:
        fixed, moving, a, b = self._roles(late, t)
        part = intersect(fixed, moving, x, a, b)
        height = 1 / (fixed.area * moving.area * a[:, 0].square())
        values.density[rows] = torch.where(part.area > 0, part.area * height, 0.0)
        values.score[rows] = part.score
        mean_fixed, mean_moving = part.mean, (x - b * part.mean) / a
        values.mean0[rows], values.mean1[rows] = (
            (mean_fixed, mean_moving) if late else (mean_moving, mean_fixed)
        )
        dots = self._path.alpha_dot(t).expand_as(a), self._path.beta_dot(t).expand_as(a)
        rate = dots[1 - late] - dots[int(late)] * b / a  # derivative of dx_t/dt in y at fixed x
        values.variance[rows] = (rate.square()[:, 0]) * part.variance

    def _groups(self, t: Tensor) -> list[tuple[bool, Tensor]]:
        """Rows (k,) with the same end's coefficient larger and the same relative sign."""
        alpha, beta = self._path.alpha(t).expand_as(t), self._path.beta(t).expand_as(t)
        late, mirrored = beta.abs() > alpha.abs(), alpha * beta < 0
        groups = [
            (bool(end), ((late == end) & (mirrored == flip)).nonzero()[:, 0])
            for end in (False, True)
            for flip in (False, True)
        ]
        return [(end, rows) for end, rows in groups if len(rows)]

    def _roles(self, late: bool, t: Tensor) -> tuple[Outline, Outline, Tensor, Tensor]:
        """The fixed region, the moving one, and the coefficients of the moving and the fixed one.

        Times at an end are moved slightly inside, where rounding gives the limit exactly.
        """
        alpha, beta = self._path.alpha(t).expand_as(t), self._path.beta(t).expand_as(t)
        source, target = self._outlines
        fixed, moving, a, b = (
            (source, target, beta, alpha) if late else (target, source, alpha, beta)
        )
        least = _LEAST * a.abs()
        return fixed, moving, a, torch.where(b.abs() < least, least.copysign(a), b)
