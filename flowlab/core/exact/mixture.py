"""The exact field between two Gaussian mixtures along any interpolant."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from flowlab.core.distributions.categorical import by_weights
from flowlab.core.distributions.checks import points_of
from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.document import Document
from flowlab.core.exact.gaussian_posterior import (
    Each,
    GaussianPosterior,
    SharedLaw,
    each_posterior,
    posteriors,
)
from flowlab.core.exact.interfaces import Facts, Points, Times, check_count, times_of
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.exact.posterior.mixtures import MixturePairs
from flowlab.core.interpolants.paths import LINEAR, Interpolant

CLOSED = Facts(
    exact=True, kind="mixture", note="Exact: a closed form between Gaussian mixtures.",
)  # fmt: skip

_ROWS = 1 << 15  # points at a time, however few the components
_PANELS, _NODES = 16, 6  # of the quadrature over t
_STEEP = 1e6  # a velocity that would cross the whole so many times in unit time


class MixtureOracle:
    """Closed form of x_t = alpha x0 + beta x1 + gamma z between independent mixtures, in float64.

    Any covariances, whether or not they commute; zero ones are atoms. At a time when no component
    has extent (atoms at the end they belong to) nothing is defined and every answer is NaN.
    Points are (n, 2), tensors or arrays; t is a number or (n,). Floating results keep the
    points' own dtype and place.
    """

    def __init__(
        self,
        source: MixtureParameters,
        target: MixtureParameters,
        path: Interpolant = LINEAR,
        facts: Facts = CLOSED,
    ) -> None:
        self.facts = facts
        self.document: Document | None = None  # whose exact field this is, where it is of one
        self._take(Joint.of(source, target, path))

    def _take(self, joint: Joint) -> None:
        self._joint = joint
        self._shared = SharedLaw(joint) if joint.shared else None
        self._pairs = MixturePairs(joint, self._shared)

    def to(self, device: str, dtype: torch.dtype) -> MixtureOracle:
        """The same oracle computing there and so: in float32 for a network to learn from."""
        other = copy.copy(self)
        other._take(self._joint.to(device, dtype))
        return other

    @property
    def components(self) -> int:
        """Pairs of components: what an answer costs, times the number of points."""
        return len(self._joint.weights)

    @property
    def joint(self) -> Joint:
        """All pairs of components."""
        return self._joint

    @property
    def whole(self) -> bool:
        """Has every component extent at every t, so that the field is defined everywhere?"""
        joint = self._joint
        t = torch.linspace(0, 1, 33).to(joint.weights)[:, None]
        return bool((Blend(joint, t).cov.least > joint.least).all())

    @property
    def path(self) -> Interpolant:
        """The interpolant."""
        return self._joint.path

    def log_density(self, x: Points, t: Times) -> Tensor:
        """Natural logarithm of the density of x_t, (n,)."""
        return self._ask(x, t, lambda given: given.log_density())

    def density(self, x: Points, t: Times) -> Tensor:
        """Density of x_t, (n,)."""
        return self.log_density(x, t).exp()

    def inside(self, x: Points, t: Times) -> Tensor:
        """Is the field defined there? Everywhere, unless no component has extent at t; (n,)."""
        return self._ask(x, t, lambda given: given.log_density()).isfinite()

    def score(self, x: Points, t: Times) -> Tensor:
        """Gradient of the log density, (n, 2)."""
        return self._ask(x, t, lambda given: given.score().T)

    def velocity(self, x: Points, t: Times) -> Tensor:
        """E[alpha' x0 + beta' x1 + gamma' z | x_t = x], (n, 2)."""
        return self._ask(x, t, lambda given: self._bounded(given.velocity()).T)

    def _bounded(self, v: Tensor) -> Tensor:
        """Blank where a steep path ends and its derivative, infinite there, is not made up for."""
        return torch.where(v.abs().amax(0) < _STEEP * self._joint.size, v, math.nan)

    def ends(self, x: Points, t: Times) -> tuple[Tensor, Tensor]:
        """E[x0 | x_t = x] and E[x1 | x_t = x], each (n, 2)."""
        x0, x1 = self._ask(x, t, lambda given: given.ends().permute(2, 0, 1)).unbind(1)
        return x0, x1

    def residual(self, x: Points, t: Times) -> Tensor:
        """Trace of Cov[dx_t/dt | x_t = x], (n,): the squared error that no network can avoid.

        Infinite where gamma' is.
        """
        return self._ask_each(x, t, lambda given: given.residual())

    def pairs(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2)."""
        x0, x1, _ = self.triples(x, t, n, generator)
        return x0, x1

    def triples(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`n` draws of (x0, x1, z) given x_t = x at each of m points: three tensors (m, n, 2).

        The triples blend into x; without noise in the path z is free. With the same generator a
        lone point has draws that glide as it moves.
        """
        check_count(n)
        points, like = points_of(x)
        points = points.to(self._joint.weights)
        drawn = self._pairs.triples(points, times_of(t, len(points), points), n, generator)
        x0, x1, z = drawn.permute(0, 2, 3, 1).to(like)
        return x0, x1, z

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""
        joint = self._joint
        uniform = torch.rand(len(t), dtype=joint.weights.dtype, generator=generator)
        picked = by_weights(joint.weights, uniform)
        normal = torch.randn(3, 2, len(t), dtype=torch.float64, generator=generator)
        own = joint.take(picked)
        blend = Blend(own, t.to(joint.weights))
        x0, x1 = own.mean0 + own.cov0.root(normal[0]), own.mean1 + own.cov1.root(normal[1])
        x = blend.at(x0, x1)
        return (x + blend.gamma * normal[2] if blend.noisy else x).T

    @property
    def power(self) -> float:
        """E|dx_t/dt|^2 over t uniform, by quadrature: exact for the linear path.

        Infinite where a schedule ends as steeply as a root does.
        """
        if self._joint.path.steep:
            return math.inf
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        starts = np.arange(_PANELS)[:, None]
        t = torch.from_numpy((starts + (nodes + 1) / 2).ravel() / _PANELS)
        return float(self.powers(t).double().numpy() @ np.tile(weights / 2, _PANELS)) / _PANELS

    def powers(self, t: Tensor) -> Tensor:
        """E|dx_t/dt|^2 at times t (n,); infinite where gamma' is."""
        joint = self._joint
        blend = Blend(joint, t.to(joint.weights)[:, None])
        drift = blend.rate(joint.mean0[:, None], joint.mean1[:, None])
        found = (drift.square().sum(0) + blend.power) @ joint.weights  # (n,), or (1,) for all
        return found.expand(len(t))

    def _ask(self, x: Points, t: Times, take: Callable[[GaussianPosterior], Tensor]) -> Tensor:
        """`take` of the posterior at every point, as the asker wants it."""
        points, like = points_of(x)
        points = points.to(self._joint.weights)
        return self._each(points, times_of(t, len(points), points), take).to(like)

    def _ask_each(self, x: Points, t: Times, take: Callable[[Each], Tensor]) -> Tensor:
        points, like = points_of(x)
        points = points.to(self._joint.weights)
        parts = each_posterior(self._joint, points, times_of(t, len(points), points))
        return torch.cat([take(part) for part in parts]).to(like)

    def _each(self, x: Tensor, t: Tensor, take: Callable[[GaussianPosterior], Tensor]) -> Tensor:
        """`take` of the posterior at every point, so many rows at a time as memory allows."""
        return torch.cat(
            [take(part) for part in posteriors(self._joint, self._shared, x, t, _ROWS)]
        )
