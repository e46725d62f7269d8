"""The exact field between two uniform regions with straight edges, by intersecting them.

Given x = alpha x0 + beta x1, what x1 can be is the target cut by (x - alpha source) / beta, and x1
is uniform on it: density from its area, velocity from its centroid, score from its edges. While
beta > alpha the roles change, so that both ends of time are as accurate as the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.checks import generator_of, points_of
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.exact.interfaces import Facts, Points, Times, check_count, times_of
from flowlab.core.exact.outlines import Outline, outline_of
from flowlab.core.exact.overlap import draw_shared, shared
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.regions import RegionPairs
from flowlab.core.interpolants.paths import Interpolant

_LEAST = 1e-9  # of the larger coefficient: below this an end of time is reached
_MOST = 512  # pairs of edges; with more a grid is faster, and nearly as good


@dataclass(eq=False)
class _Given:
    """What is known given x_t = x, for n points."""

    density: Tensor  # (n,)
    mean0: Tensor  # (n, 2), E[x0 | x]
    mean1: Tensor  # (n, 2), E[x1 | x]
    score: Tensor  # (n, 2)
    spread: Tensor  # (n,), of dx_t/dt


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
        """The oracle, or None where an end is no such region without noise, or the path is noisy.

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
        given, like = self._given(x, t)
        return given.density.to(like)

    def log_density(self, x: Points, t: Times) -> Tensor:
        """Natural logarithm of the density of x_t, (n,); -inf outside the support."""
        given, like = self._given(x, t)
        return given.density.log().to(like)

    def inside(self, x: Points, t: Times) -> Tensor:
        """Does x lie in the support of x_t? (n,) bool."""
        return self._given(x, t)[0].density > 0

    def velocity(self, x: Points, t: Times) -> Tensor:
        """E[dx_t/dt | x_t = x], (n, 2); NaN outside the support."""
        return self.both(x, t)[1]

    def both(self, x: Points, t: Times) -> tuple[Tensor, Tensor]:
        """Density (n,) and velocity (n, 2), for the price of one."""
        given, like = self._given(x, t)
        times = times_of(t, len(given.density), given.density)[:, None]
        alpha_dot, beta_dot = self._path.alpha_dot(times), self._path.beta_dot(times)
        velocity = alpha_dot * given.mean0 + beta_dot * given.mean1
        return given.density.to(like), velocity.to(like)

    def score(self, x: Points, t: Times) -> Tensor:
        """Gradient of the log density, (n, 2); NaN outside the support."""
        given, like = self._given(x, t)
        return given.score.to(like)

    def residual(self, x: Points, t: Times) -> Tensor:
        """Trace of Cov[dx_t/dt | x_t = x], (n,): the squared error that no network can avoid."""
        given, like = self._given(x, t)
        return given.spread.to(like)

    def pairs(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2).

        NaN at points outside the support.
        """
        check_count(n)
        points, like = points_of(x)
        points = points.double().cpu()
        times = times_of(t, len(points), points)
        if len(times) == 1 and self._pairs.suits(float(times), n):
            rng = Generators(generator_of(generator))
            found = self._pairs.several(points.T.numpy(), float(times), n, rng)
            x0, x1 = (torch.from_numpy(end).permute(1, 2, 0).to(like) for end in found)
            return x0, x1
        drawn = torch.full((2, len(points), n, 2), math.nan, dtype=torch.float64)
        times = times.expand(len(points))
        for late, rows in self._groups(times):
            here, s = points[rows], times[rows, None]
            fixed, moving, a, b = self._roles(late, s)
            y = draw_shared(fixed, moving, (here, a, b), n, generator)
            drawn[1 - late, rows] = y
            drawn[int(late), rows] = (here[:, None] - b[:, None] * y) / a[:, None]
        return drawn[0].to(like), drawn[1].to(like)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""
        x0, x1 = (end.sample(len(t), generator).double() for end in self._ends)
        return self._path.point(x0, x1, t.double())

    def _given(self, x: Points, t: Times) -> tuple[_Given, Tensor]:
        points, like = points_of(x)
        points = points.double().cpu()
        n = len(points)
        times = times_of(t, n, points).expand(n)
        density, spread = torch.zeros_like(points[:, 0]), torch.full_like(points[:, 0], math.nan)
        mean0, mean1, score = (torch.full_like(points, math.nan) for _ in range(3))
        known = _Given(density, mean0, mean1, score, spread)
        for late, rows in self._groups(times):
            self._fill(known, points[rows], times[rows, None], late, rows)
        return known, like

    def _fill(self, known: _Given, x: Tensor, t: Tensor, late: bool, rows: Tensor) -> None:
        fixed, moving, a, b = self._roles(late, t)
        part = shared(fixed, moving, x, a, b)
        height = 1 / (fixed.area * moving.area * a[:, 0].square())
        known.density[rows] = torch.where(part.area > 0, part.area * height, 0.0)
        known.score[rows] = part.pull
        own, other = part.mean, (x - b * part.mean) / a
        known.mean0[rows], known.mean1[rows] = (own, other) if late else (other, own)
        dots = self._path.alpha_dot(t).expand_as(a), self._path.beta_dot(t).expand_as(a)
        rate = dots[1 - late] - dots[int(late)] * b / a  # of dx_t/dt by y, x held
        known.spread[rows] = (rate.square()[:, 0]) * part.spread

    def _groups(self, t: Tensor) -> list[tuple[bool, Tensor]]:
        """Rows (k,) where the same end has the larger coefficient and their signs agree alike."""
        alpha, beta = self._path.alpha(t).expand_as(t), self._path.beta(t).expand_as(t)
        late, mirrored = beta.abs() > alpha.abs(), alpha * beta < 0
        groups = [
            (bool(end), ((late == end) & (mirrored == flip)).nonzero()[:, 0])
            for end in (False, True)
            for flip in (False, True)
        ]
        return [(end, rows) for end, rows in groups if len(rows)]

    def _roles(self, late: bool, t: Tensor) -> tuple[Outline, Outline, Tensor, Tensor]:
        """The region held fixed, the one that moves, and the coefficients of the second and first.

        An end of time is taken a hair inside, where rounding gives its limit exactly.
        """
        alpha, beta = self._path.alpha(t).expand_as(t), self._path.beta(t).expand_as(t)
        source, target = self._outlines
        fixed, moving, a, b = (
            (source, target, beta, alpha) if late else (target, source, alpha, beta)
        )
        least = _LEAST * a.abs()
        return fixed, moving, a, torch.where(b.abs() < least, least.copysign(a), b)
