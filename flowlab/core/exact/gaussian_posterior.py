"""The posterior given x_t: weights of all pairs of components of two mixtures, and means.

Each pair of components gives a Gaussian of x_t with mean m and covariance C. Given x_t and the
pair, x0, x1, z and dx_t/dt are Gaussian, with means linear in C^-1 (x - m). The posterior weights
are a softmax over the pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from flowlab.core.exact.joint import Blend, Joint

_LOG_2PI = math.log(2 * math.pi)
_LEAST = -60.0  # least log weight; much smaller ones would be denormal, and slow


class GaussianPosterior(Protocol):
    """Conditional quantities given x_t = x at n points, computed on request."""

    @property
    def weights(self) -> Tensor:
        """Posterior weights (n, P) of the pairs of components; NaN where there is no density."""

    def log_density(self) -> Tensor:
        """log p_t(x), (n,); NaN where there is no density."""

    def score(self) -> Tensor:
        """grad log p_t(x), (2, n)."""

    def velocity(self) -> Tensor:
        """E[dx_t/dt | x], (2, n)."""

    def ends(self) -> Tensor:
        """E[x0 | x] and E[x1 | x], (2, 2, n)."""


class GeneralPosterior:
    """For any covariances: each point with each pair of components, entry by entry.

    A pair whose covariance is singular at that time (an atom, or of no width in some direction)
    gets weight 0 everywhere: it lies on a null set.
    """

    CELLS = 1 << 16  # points times pairs at once, so that they stay in cache

    def __init__(self, joint: Joint, x: Tensor, t: Tensor) -> None:
        self._joint = joint
        self._blend = blend = Blend(joint, t[:, None])
        self._means = joint.mean0[:, None], joint.mean1[:, None]  # (2, 1, P)
        off = x.T[:, :, None] - blend.at(*self._means)
        cov = blend.cov
        det, regular = cov.det, cov.least > joint.least
        self._precision = cov.inverse()
        all_regular = bool(regular.all())
        if not all_regular:
            self._precision = self._precision.where(regular, 0.0)
            det = torch.where(regular, det, 1.0)
        self.solved = self._precision @ off  # (2, n, P)
        mahalanobis = (off * self.solved).sum(0)
        self.log_weights = (
            joint.weights.log() - _LOG_2PI - 0.5 * (mahalanobis + det.log())
        )  # (n, P)
        if not all_regular:
            self.log_weights = torch.where(regular, self.log_weights, -math.inf)

    @cached_property
    def weights(self) -> Tensor:
        return self.log_weights.softmax(1)

    def log_density(self) -> Tensor:
        known = (self.log_weights > -math.inf).any(1)
        return torch.where(known, self.log_weights.logsumexp(1), math.nan)

    def score(self) -> Tensor:
        return -self._posterior_mean(self.solved)

    def velocity(self) -> Tensor:
        return self._posterior_mean(self._component_velocities)

    def ends(self) -> Tensor:
        joint, blend = self._joint, self._blend
        x0 = self._means[0] + blend.alpha * (joint.cov0 @ self.solved)
        x1 = self._means[1] + blend.beta * (joint.cov1 @ self.solved)
        return torch.stack([self._posterior_mean(x0), self._posterior_mean(x1)])

    @cached_property
    def _component_velocities(self) -> Tensor:
        """E[dx_t/dt | x, pair of components], (2, n, P)."""
        return self._blend.velocity(*self._means) + self._blend.velocity_cross_cov @ self.solved

    def _posterior_mean(self, values: Tensor) -> Tensor:
        """Posterior mean (2, n) of `values` (2, n, P) over the pairs of components."""
        return (self.weights * values).sum(-1)

    def residual(self) -> Tensor:
        """Trace of Cov(dx_t/dt | x), within and between the pairs of components, (n,)."""
        within = self._blend.velocity_variance - self._blend.velocity_cross_cov.trace_of_square(
            self._precision
        )
        between = (
            self._component_velocities - self._posterior_mean(self._component_velocities)[..., None]
        )
        return torch.sum(self.weights * (within + between.square().sum(0)), -1)


class SharedCovariancePosterior:
    """For covariances shared by all pairs of components: two matrix products suffice.

    The log weight of a pair is a sum of products of features of (x, t) and features of the pair
    (its means and their products), and all means follow from the posterior means of the components'
    means. Atoms at one end and a single Gaussian at the other are such a case.
    """

    CELLS = 1 << 17  # log weights at once

    def __init__(self, shared: SharedCovarianceJoint, x: Tensor, blend: Blend) -> None:
        self._shared, self._blend = shared, blend
        cov = blend.cov
        self._precision = cov.inverse()
        y = x.T - blend.at(shared.centre0, shared.centre1)  # (2, n)
        self._solved_offset = self._precision @ y
        self._rows = self._features().T  # (n, K)
        top, sums = self._summed()
        constant = -0.5 * ((y * self._solved_offset).sum(0) + cov.det.log()) - _LOG_2PI
        self._log_density = constant + top + sums[0].log()
        self._mean0 = shared.centre0 + sums[1:3] / sums[0]
        self._mean1 = shared.centre1 + sums[3:5] / sums[0]
        self._solved = self._precision @ (x.T - blend.at(self._mean0, self._mean1))

    def _summed(self) -> tuple[Tensor, Tensor]:
        """Largest log weight (n,), and sums (5, n) of the values with weights relative to it."""
        shared, n = self._shared, len(self._rows)
        size = max(1, self.CELLS // shared.features.shape[1])
        top, sums = self._rows.new_empty(n, 1), self._rows.new_empty(n, shared.values.shape[1])
        buffer = self._rows.new_empty(min(n, size), shared.features.shape[1])
        for first in range(0, n, size):
            part = slice(first, min(n, first + size))
            log_weights = torch.mm(
                self._rows[part], shared.features, out=buffer[: part.stop - first]
            )
            torch.amax(log_weights, 1, keepdim=True, out=top[part])
            weights = log_weights.sub_(top[part]).clamp_(min=_LEAST).exp_()
            torch.mm(weights, shared.values, out=sums[part])
        return top[:, 0], sums.T

    def _features(self) -> Tensor:
        """Features (K, n) of (x, t), in the order of `SharedCovarianceJoint.features`."""
        a, b, s = self._blend.alpha, self._blend.beta, self._precision
        linear = [
            a * self._solved_offset[0],
            a * self._solved_offset[1],
            b * self._solved_offset[0],
            b * self._solved_offset[1],
        ]
        factors = (-0.5 * a * a, -a * b, -0.5 * b * b)
        squares = [factor * part for factor in factors for part in (s.xx, s.xy, s.yy)]
        rows = [torch.ones_like(a), *linear, *squares]
        return torch.stack(
            [rows[k].expand(self._solved_offset.shape[1]) for k in self._shared.nonzero]
        )

    @property
    def weights(self) -> Tensor:
        return torch.mm(self._rows, self._shared.features).softmax(1)

    def log_density(self) -> Tensor:
        return self._log_density

    def score(self) -> Tensor:
        return -self._solved

    def velocity(self) -> Tensor:
        return (
            self._blend.velocity(self._mean0, self._mean1)
            + self._blend.velocity_cross_cov @ self._solved
        )

    def ends(self) -> Tensor:
        joint, blend = self._shared.joint, self._blend
        x0 = self._mean0 + blend.alpha * (joint.cov0 @ self._solved)
        x1 = self._mean1 + blend.beta * (joint.cov1 @ self._solved)
        return torch.stack([x0, x1])


class SharedCovarianceJoint:
    """Features and means of pairs of components with the same covariances."""

    def __init__(self, joint: Joint) -> None:
        self.joint = joint
        w = joint.weights
        self.centre0, self.centre1 = _weighted_mean(joint.mean0, w), _weighted_mean(joint.mean1, w)
        x0, x1 = joint.mean0 - self.centre0, joint.mean1 - self.centre1
        rows = [w.log()[None], x0, x1, _products(x0, x0), _products(x0, x1), _products(x1, x1)]
        features = torch.cat(rows)  # (14, P)
        self.nonzero = [0, *(k for k in range(1, 14) if bool(features[k].any()))]
        self.features = features[self.nonzero].contiguous()  # zero rows: one component
        self.values = torch.cat([torch.ones_like(w)[None], x0, x1]).T.contiguous()  # (P, 5)
        self._square = float((x0.norm(dim=0) + x1.norm(dim=0)).amax() ** 2)

    def suits(self, blend: Blend) -> bool:
        """True if cancellation costs little precision then, given the components' width."""
        eps = torch.finfo(blend.t.dtype).eps
        least = float(blend.cov.least.min()) if blend.t.numel() else 1.0
        return least > self.joint.least and self._square / least * eps < eps**0.375


def posteriors(
    joint: Joint, shared: SharedCovarianceJoint | None, x: Tensor, t: Tensor, rows: int
) -> Iterator[GaussianPosterior]:
    """Posteriors at points (n, 2) and times (n,) or (1,), at most `rows` points at a time."""
    if shared is not None and shared.suits(blend := Blend(joint, t)):
        return (
            SharedCovariancePosterior(shared, part, blend if s is t else Blend(joint, s))
            for part, s in _parts(x, t, rows)
        )
    return general_posteriors(joint, x, t, rows)


def general_posteriors(
    joint: Joint, x: Tensor, t: Tensor, rows: int = GeneralPosterior.CELLS
) -> Iterator[GeneralPosterior]:
    """The same, for any covariances."""
    rows = min(rows, GeneralPosterior.CELLS // len(joint.weights))
    return (GeneralPosterior(joint, part, s) for part, s in _parts(x, t, rows))


def _parts(x: Tensor, t: Tensor, rows: int) -> list[tuple[Tensor, Tensor]]:
    """Points, at most `rows` at a time, with their times or the common one."""
    points = torch.split(x, max(1, rows))
    times = [t] * len(points) if len(t) == 1 else torch.split(t, max(1, rows))
    return list(zip(points, times, strict=True))


def _weighted_mean(means: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean (2, 1) of means (2, P), without rounding if all are equal."""
    first = means[:, :1]
    return first if bool((means == first).all()) else (means @ weights)[:, None]


def _products(u: Tensor, v: Tensor) -> Tensor:
    """Coefficients (3, P) of S.xx, S.xy and S.yy in u^T S v for symmetric S."""
    return torch.stack([u[0] * v[0], u[0] * v[1] + u[1] * v[0], u[1] * v[1]])
