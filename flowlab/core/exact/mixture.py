"""The exact field between two Gaussian mixtures along any interpolant.

p_t is the mixture of N(m_ij, C_ij) over all pairs of components, m_ij = alpha m_i + beta m_j and
C_ij = alpha^2 C_i + beta^2 C_j + gamma^2 I. With posterior weights w_ij(x), b = sum w_ij (m_ij' +
C_ij' C_ij^-1 (x - m_ij) / 2) and s = -sum w_ij C_ij^-1 (x - m_ij).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from flowlab.core.distributions.categorical import sample_weighted
from flowlab.core.distributions.checks import generator_of, points_of, settled, time_row, times_of
from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.arguments import kind_of
from flowlab.core.document.document import Document
from flowlab.core.exact.gaussian_posterior import (
    GaussianPosterior,
    GeneralPosterior,
    SharedCovarianceJoint,
    general_posteriors,
    posteriors,
)
from flowlab.core.exact.interfaces import Facts, Points, Times, count_of
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.exact.posterior.mixtures import MixturePairs
from flowlab.core.interpolants.paths import LINEAR, Interpolant

CLOSED = Facts(
    exact=True, kind="mixture", note="Exact: a closed form between Gaussian mixtures.",
)  # fmt: skip

_ROWS = 1 << 15  # points at a time, at most
_PANELS, _NODES = 16, 6  # of the quadrature over t
_FAR = 1e30  # coordinates beyond which only the direction of a point counts
_MAX_SPEED = 1e6  # in length scales per unit of time


class MixtureOracle:
    """Closed form of x_t = alpha x0 + beta x1 + gamma z between independent mixtures, in float64.

    Any covariances, commuting or not; zero ones are atoms. At a time when every covariance is
    singular (atoms, at their own end) nothing is defined and all results are NaN. Points are (n,
    2), tensors or arrays; t is a number or (n,). Results have the dtype and device of the points.
    """

    def __init__(
        self,
        source: MixtureParameters,
        target: MixtureParameters,
        path: Interpolant = LINEAR,
        facts: Facts = CLOSED,
    ) -> None:
        for name, end in (("source", source), ("target", target)):
            kind_of(end, MixtureParameters, f"The {name}", "MixtureParameters")
        kind_of(path, Interpolant, "The path", "an interpolant, as of interpolant_of(Path())")
        self.facts = kind_of(facts, Facts, "facts", "the oracle's Facts")
        self.document: Document | None = None  # whose exact field this is, where it is of one
        self._set_joint(Joint.of(source, target, path))

    def _set_joint(self, joint: Joint) -> None:
        self._joint = joint
        self._shared = SharedCovarianceJoint(joint) if joint.shared else None
        self._pairs = MixturePairs(joint, self._shared)

    def to(self, device: str, dtype: torch.dtype) -> MixtureOracle:
        """The same oracle on that device, in that dtype: float32 as a regression target."""
        other = copy.copy(self)
        other._set_joint(self._joint.to(device, dtype))
        return other

    @property
    def components(self) -> int:
        """Number of pairs of components: the cost of one point."""
        return len(self._joint.weights)

    @property
    def joint(self) -> Joint:
        """All pairs of components."""
        return self._joint

    @property
    def is_defined_everywhere(self) -> bool:
        """True if every component has a non-singular covariance at every t."""
        joint = self._joint
        t = torch.linspace(0, 1, 33).to(joint.weights)[:, None]
        return bool((Blend(joint, t).cov.least > joint.least).all())

    @property
    def path(self) -> Interpolant:
        """The interpolant."""
        return self._joint.path

    def log_density(self, x: Points, t: Times) -> Tensor:
        """log p_t(x), (n,); -inf at infinity."""
        logs = self._evaluate(x, t, lambda posterior: posterior.log_density())
        return settled(logs, points_of(x)[0])

    def density(self, x: Points, t: Times) -> Tensor:
        """Density p_t(x), (n,)."""
        return self.log_density(x, t).exp()

    def inside(self, x: Points, t: Times) -> Tensor:
        """True where the field is defined, (n,): everywhere, unless all covariances are 0."""
        return self._evaluate(x, t, lambda posterior: posterior.log_density()).isfinite()

    def score(self, x: Points, t: Times) -> Tensor:
        """grad log p_t(x), (n, 2)."""
        return self._linear_far_out(x, t, lambda posterior: posterior.score().T)

    def velocity(self, x: Points, t: Times) -> Tensor:
        """b(x, t) = E[alpha' x0 + beta' x1 + gamma' z | x_t = x], (n, 2)."""
        v = self._linear_far_out(x, t, lambda posterior: posterior.velocity().T)
        size = self._joint.size + points_of(x)[0].double().abs().amax(1, keepdim=True).to(v)
        # NaN where a schedule's derivative is infinite at an end of time and doesn't cancel
        return torch.where(v.abs().amax(1, keepdim=True) <= _MAX_SPEED * size, v, math.nan)

    def _linear_far_out(
        self, x: Points, t: Times, function: Callable[[GaussianPosterior], Tensor]
    ) -> Tensor:
        """A function that grows as x (n, 2) does: where squares of x overflow, by its direction."""
        points, like = points_of(x)
        scale = _scale_of(points)
        if bool((scale == 1).all()):
            return self._evaluate(x, t, function)
        found = self._evaluate(points.double() / scale, t, function)
        return (found * scale.reshape(-1, *[1] * (found.ndim - 1))).to(like)

    def ends(self, x: Points, t: Times) -> tuple[Tensor, Tensor]:
        """E[x0 | x_t = x] and E[x1 | x_t = x], each (n, 2)."""
        ends = self._linear_far_out(x, t, lambda posterior: posterior.ends().permute(2, 0, 1))
        x0, x1 = ends.unbind(1)
        return x0, x1

    def residual(self, x: Points, t: Times) -> Tensor:
        """Trace of Cov[dx_t/dt | x_t = x], (n,): the irreducible squared error at x.

        Infinite where gamma' is.
        """
        return self._evaluate_general(x, t, lambda posterior: posterior.residual())

    def pairs(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2).

        Raises `Invalid` for n < 1.
        """
        x0, x1, _ = self.triples(x, t, n, generator)
        return x0, x1

    def triples(
        self, x: Points, t: Times, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`n` draws of (x0, x1, z) given x_t = x at each of m points: three tensors (m, n, 2).

        alpha x0 + beta x1 + gamma z = x; without latent noise z is independent of the rest. With
        the same generator, the draws of a single point move continuously with it. Raises `Invalid`
        for n < 1.
        """
        points, like = points_of(x)
        n, generator = count_of(n, len(points)), generator_of(generator, "cpu")
        scale = _scale_of(points)
        points = (points / scale).to(self._joint.weights)
        drawn = self._pairs.triples(points, times_of(t, len(points), points), n, generator)
        x0, x1, z = (drawn.permute(0, 2, 3, 1) * scale[:, None]).to(like)
        return x0, x1, z

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""
        t, generator = time_row(t), generator_of(generator, "cpu")
        joint = self._joint
        uniform = torch.rand(len(t), dtype=joint.weights.dtype, generator=generator)
        index = sample_weighted(joint.weights, uniform)
        normal = torch.randn(3, 2, len(t), dtype=torch.float64, generator=generator)
        components = joint.take(index)
        blend = Blend(components, t.to(joint.weights))
        x0, x1 = (
            components.mean0 + components.cov0.root(normal[0]),
            components.mean1 + components.cov1.root(normal[1]),
        )
        x = blend.at(x0, x1)
        return (x + blend.gamma * normal[2] if blend.noisy else x).T

    @property
    def power(self) -> float:
        """E|dx_t/dt|^2 over t uniform, by quadrature: exact for the linear path.

        Infinite if a schedule's derivative is not square integrable.
        """
        if self._joint.path.steep:
            return math.inf
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        starts = np.arange(_PANELS)[:, None]
        t = torch.from_numpy((starts + (nodes + 1) / 2).ravel() / _PANELS)
        return float(self.powers(t).double().numpy() @ np.tile(weights / 2, _PANELS)) / _PANELS

    def powers(self, t: Tensor) -> Tensor:
        """E|dx_t/dt|^2 at times t (n,); infinite where gamma' is."""
        t, joint = time_row(t), self._joint
        blend = Blend(joint, t.to(joint.weights)[:, None])
        drift = blend.velocity(joint.mean0[:, None], joint.mean1[:, None])
        powers = (
            drift.square().sum(0) + blend.velocity_variance
        ) @ joint.weights  # (n,), or (1,) for all
        return powers.expand(len(t))

    def _evaluate(
        self, x: Points, t: Times, function: Callable[[GaussianPosterior], Tensor]
    ) -> Tensor:
        """A function of the posterior at every point, in the points' dtype."""
        points, like = points_of(x)
        points = points.to(self._joint.weights)
        return self._in_blocks(points, times_of(t, len(points), points), function).to(like)

    def _evaluate_general(
        self, x: Points, t: Times, function: Callable[[GeneralPosterior], Tensor]
    ) -> Tensor:
        points, like = points_of(x)
        points = (points / _scale_of(points)).to(self._joint.weights)
        parts = general_posteriors(self._joint, points, times_of(t, len(points), points))
        return torch.cat([function(part) for part in parts]).to(like)

    def _in_blocks(
        self, x: Tensor, t: Tensor, function: Callable[[GaussianPosterior], Tensor]
    ) -> Tensor:
        """A function of the posterior at every point, in blocks that fit in memory."""
        return torch.cat(
            [function(part) for part in posteriors(self._joint, self._shared, x, t, _ROWS)]
        )


def _scale_of(points: Tensor) -> Tensor:
    """By how much points (n, 2) are too far out for their squares, (n, 1); 1 for all others."""
    far = points.double().abs().amax(1, keepdim=True)
    return torch.where((far > _FAR) & far.isfinite(), far / _FAR, 1.0)
