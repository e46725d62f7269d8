"""Two independent mixtures on an interpolant: a Gaussian of x_t for each pair of components."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.exact.symmetric import Symmetric
from flowlab.core.interpolants.paths import Interpolant


@dataclass(frozen=True, eq=False)
class Joint:
    """P pairs of components, i of the source and j of the target; atoms have covariance 0."""

    weights: Tensor  # (P,), of sum 1
    mean0: Tensor  # (2, P)
    mean1: Tensor
    cov0: Symmetric  # of (P,), or of (1,) where all are equal
    cov1: Symmetric
    path: Interpolant
    size: float  # the length scale of all components

    @classmethod
    def of(cls, source: MixtureParameters, target: MixtureParameters, path: Interpolant) -> Joint:
        """All pairs, in float64 on the CPU."""
        counts = [torch.arange(len(end.weights)) for end in (source, target)]
        i, j = torch.cartesian_prod(*counts).T
        weights = source.weights.double().cpu()[i] * target.weights.double().cpu()[j]
        mean0, mean1 = source.means.double().cpu()[i].T, target.means.double().cpu()[j].T
        cov0, cov1 = source.covs.double().cpu()[i], target.covs.double().cpu()[j]
        positive = weights > 0
        return cls(
            weights[positive] / weights.sum(),
            mean0[:, positive].contiguous(),
            mean1[:, positive].contiguous(),
            Symmetric.of(cov0[positive]),
            Symmetric.of(cov1[positive]),
            path,
            _length_scale(mean0, mean1, cov0, cov1),
        )

    def take(self, picked: Tensor) -> Joint:
        """The pairs of components at an index of any shape."""
        return replace(
            self,
            weights=self.weights[picked],
            mean0=self.mean0[:, picked],
            mean1=self.mean1[:, picked],
            cov0=self.cov0.take(picked),
            cov1=self.cov1.take(picked),
        )

    def to(self, device: str, dtype: torch.dtype) -> Joint:
        """The same on that device, in that dtype."""
        return replace(
            self,
            weights=self.weights.to(device, dtype),
            mean0=self.mean0.to(device, dtype),
            mean1=self.mean1.to(device, dtype),
            cov0=self.cov0.to(device, dtype),
            cov1=self.cov1.to(device, dtype),
        )

    @property
    def shared(self) -> bool:
        """True if all pairs of components have the same covariances."""
        return len(self.cov0.xx) == 1 == len(self.cov1.xx)

    @property
    def least(self) -> float:
        """The variance below which a component counts as an atom, since rounding would dominate."""
        eps: float = torch.finfo(self.weights.dtype).eps
        return eps / 64 * self.size**2


def _length_scale(mean0: Tensor, mean1: Tensor, cov0: Tensor, cov1: Tensor) -> float:
    place = torch.cat([mean0, mean1], 1).abs().amax()
    variance = torch.cat([cov0, cov1]).diagonal(dim1=1, dim2=2).amax()
    size: float = max(float(place), float(variance) ** 0.5, 1e-30)
    return size


class Blend:
    """The schedules at times t of any shape, and the first two moments of x_t and dx_t/dt."""

    def __init__(self, joint: Joint, t: Tensor) -> None:
        path = joint.path
        self._joint, self.t, self.noisy = joint, t, path.noisy
        self.alpha, self.beta = path.alpha(t), path.beta(t)

    @cached_property
    def alpha_dot(self) -> Tensor:
        """alpha'(t)."""
        return self._joint.path.alpha_dot(self.t)

    @cached_property
    def beta_dot(self) -> Tensor:
        """beta'(t)."""
        return self._joint.path.beta_dot(self.t)

    @property
    def gamma(self) -> Tensor:
        """gamma(t), the scale of the latent noise."""
        return self._joint.path.gamma(self.t)

    def at(self, x0: Tensor, x1: Tensor) -> Tensor:
        """alpha x0 + beta x1."""
        return self.alpha * x0 + self.beta * x1

    def velocity(self, x0: Tensor, x1: Tensor) -> Tensor:
        """alpha' x0 + beta' x1."""
        return self.alpha_dot * x0 + self.beta_dot * x1

    @cached_property
    def cov(self) -> Symmetric:
        """Cov(x_t) = alpha^2 C0 + beta^2 C1 + gamma^2 I."""
        cov = self._joint.cov0 * self.alpha**2 + self._joint.cov1 * self.beta**2
        return cov.widened(self.gamma**2) if self.noisy else cov

    @property
    def velocity_cross_cov(self) -> Symmetric:
        """Cov(dx_t/dt, x_t) = C' / 2 = alpha alpha' C0 + beta beta' C1 + gamma gamma' I.

        It is symmetric whether or not C0 and C1 commute.
        """
        cov0, cov1 = self._joint.cov0, self._joint.cov1
        cov = cov0 * (self.alpha * self.alpha_dot) + cov1 * (self.beta * self.beta_dot)
        return cov.widened(self._joint.path.gamma_gamma_dot(self.t)) if self.noisy else cov

    @property
    def velocity_variance(self) -> Tensor:
        """Trace of Cov(dx_t/dt) for each pair of components; infinite where gamma' is."""
        cov0, cov1 = self._joint.cov0, self._joint.cov1
        variance = self.alpha_dot**2 * cov0.trace + self.beta_dot**2 * cov1.trace
        return variance + 2 * self._joint.path.gamma_dot(self.t) ** 2 if self.noisy else variance
