"""What is known of a pair once x_t is: posteriors over the pairs of components of two mixtures.

Each pair of components gives one Gaussian of x_t, whose mean m and covariance C follow from the
blend; then x0, x1, z and dx_t/dt are Gaussian given x_t, and linear in C^-1 (x - m).
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
_LEAST = -60.0  # a logarithm that is nothing beside 0; much less is denormal, and slow


class GaussianPosterior(Protocol):
    """Everything conditional on x_t = x, at n points, computed when it is asked for."""

    @property
    def shares(self) -> Tensor:
        """Posterior weights (n, P) of the pairs of components; NaN where there is no density."""

    def log_density(self) -> Tensor:
        """(n,), NaN where there is no density."""

    def score(self) -> Tensor:
        """(2, n)."""

    def velocity(self) -> Tensor:
        """(2, n)."""

    def ends(self) -> Tensor:
        """E[x0 | x] and E[x1 | x], (2, 2, n)."""


class Each:
    """Any covariances: each point with each component, number by number.

    A component without extent at that time (an atom, or one that has no width in some direction)
    has no share in any point: it lies on a set that no point falls on.
    """

    CELLS = 1 << 16  # points times components held at once: they stay in cache

    def __init__(self, joint: Joint, x: Tensor, t: Tensor) -> None:
        self._joint = joint
        self._blend = blend = Blend(joint, t[:, None])
        self._means = joint.mean0[:, None], joint.mean1[:, None]  # (2, 1, P)
        off = x.T[:, :, None] - blend.at(*self._means)
        cov = blend.cov
        det, regular = cov.det, cov.least > joint.least
        self._precision = cov.inverse()
        whole = bool(regular.all())
        if not whole:
            self._precision = self._precision.where(regular, 0.0)
            det = torch.where(regular, det, 1.0)
        self.solved = self._precision @ off  # (2, n, P)
        mahalanobis = (off * self.solved).sum(0)
        self.logs = joint.weights.log() - _LOG_2PI - 0.5 * (mahalanobis + det.log())  # (n, P)
        if not whole:
            self.logs = torch.where(regular, self.logs, -math.inf)

    @cached_property
    def shares(self) -> Tensor:
        return self.logs.softmax(1)

    def log_density(self) -> Tensor:
        known = (self.logs > -math.inf).any(1)
        return torch.where(known, self.logs.logsumexp(1), math.nan)

    def score(self) -> Tensor:
        return -self._average(self.solved)

    def velocity(self) -> Tensor:
        return self._average(self._rates)

    def ends(self) -> Tensor:
        joint, blend = self._joint, self._blend
        x0 = self._means[0] + blend.alpha * (joint.cov0 @ self.solved)
        x1 = self._means[1] + blend.beta * (joint.cov1 @ self.solved)
        return torch.stack([self._average(x0), self._average(x1)])

    @cached_property
    def _rates(self) -> Tensor:
        """E[dx_t/dt | x, component], (2, n, P)."""
        return self._blend.rate(*self._means) + self._blend.cross @ self.solved

    def _average(self, values: Tensor) -> Tensor:
        """Posterior mean (2, n) over components of `values` (2, n, P)."""
        return (self.shares * values).sum(-1)

    def residual(self) -> Tensor:
        """Trace of Cov(dx_t/dt | x): within the components and between them, (n,)."""
        within = self._blend.power - self._blend.cross.trace_of_square(self._precision)
        between = self._rates - self._average(self._rates)[..., None]
        return torch.sum(self.shares * (within + between.square().sum(0)), -1)


class Shared:
    """The same covariances for all pairs of components: two matrix products do it all.

    The logarithm of a share is a sum of products of what hangs on (x, t) and what hangs on the
    component (its means and their products), and every mean follows from those of x0's and x1's
    components. Atoms at one end and one Gaussian at the other are of this kind.
    """

    CELLS = 1 << 17  # logarithms of shares held at once

    def __init__(self, law: SharedLaw, x: Tensor, t: Tensor) -> None:
        self._law, self._blend = law, (blend := Blend(law.joint, t))
        cov = blend.cov
        self._precision = cov.inverse()
        y = x.T - blend.at(law.centre0, law.centre1)  # (2, n)
        self._pull = self._precision @ y
        self._rows = self._features().T  # (n, K)
        top, sums = self._summed()
        constant = -0.5 * ((y * self._pull).sum(0) + cov.det.log()) - _LOG_2PI
        self._log_density = constant + top + sums[0].log()
        self._mean0 = law.centre0 + sums[1:3] / sums[0]
        self._mean1 = law.centre1 + sums[3:5] / sums[0]
        self._solved = self._precision @ (x.T - blend.at(self._mean0, self._mean1))

    def _summed(self) -> tuple[Tensor, Tensor]:
        """The greatest logarithm (n,), and sums (5, n) over components of shares over its own."""
        law, n = self._law, len(self._rows)
        size = max(1, self.CELLS // law.features.shape[1])
        top, sums = self._rows.new_empty(n, 1), self._rows.new_empty(n, law.values.shape[1])
        room = self._rows.new_empty(min(n, size), law.features.shape[1])
        for first in range(0, n, size):
            part = slice(first, min(n, first + size))
            logs = torch.mm(self._rows[part], law.features, out=room[: part.stop - first])
            torch.amax(logs, 1, keepdim=True, out=top[part])
            shares = logs.sub_(top[part]).clamp_(min=_LEAST).exp_()
            torch.mm(shares, law.values, out=sums[part])
        return top[:, 0], sums.T

    def _features(self) -> Tensor:
        """(K, n), those of `SharedLaw.features` in the same order."""
        a, b, s = self._blend.alpha, self._blend.beta, self._precision
        linear = [a * self._pull[0], a * self._pull[1], b * self._pull[0], b * self._pull[1]]
        factors = (-0.5 * a * a, -a * b, -0.5 * b * b)
        squares = [factor * part for factor in factors for part in (s.xx, s.xy, s.yy)]
        rows = [torch.ones_like(a), *linear, *squares]
        return torch.stack([rows[k].expand(self._pull.shape[1]) for k in self._law.kept])

    @property
    def shares(self) -> Tensor:
        return torch.mm(self._rows, self._law.features).softmax(1)

    def log_density(self) -> Tensor:
        return self._log_density

    def score(self) -> Tensor:
        return -self._solved

    def velocity(self) -> Tensor:
        return self._blend.rate(self._mean0, self._mean1) + self._blend.cross @ self._solved

    def ends(self) -> Tensor:
        joint, blend = self._law.joint, self._blend
        x0 = self._mean0 + blend.alpha * (joint.cov0 @ self._solved)
        x1 = self._mean1 + blend.beta * (joint.cov1 @ self._solved)
        return torch.stack([x0, x1])


class SharedLaw:
    """What `Shared` needs of a joint law whose components have the same covariances."""

    def __init__(self, joint: Joint) -> None:
        self.joint = joint
        w = joint.weights
        self.centre0, self.centre1 = _centre(joint.mean0, w), _centre(joint.mean1, w)
        x0, x1 = joint.mean0 - self.centre0, joint.mean1 - self.centre1
        rows = [w.log()[None], x0, x1, _products(x0, x0), _products(x0, x1), _products(x1, x1)]
        features = torch.cat(rows)  # (14, P)
        self.kept = [0, *(k for k in range(1, 14) if bool(features[k].any()))]
        self.features = features[self.kept].contiguous()  # an end of one component has none
        self.values = torch.cat([torch.ones_like(w)[None], x0, x1]).T.contiguous()  # (P, 5)
        self._square = float((x0.norm(dim=0) + x1.norm(dim=0)).amax() ** 2)

    def suits(self, t: Tensor) -> bool:
        """Are the products that cancel small enough beside the width of the components then?"""
        eps = torch.finfo(t.dtype).eps
        least = float(Blend(self.joint, t).cov.least.min()) if t.numel() else 1.0
        return least > self.joint.least and self._square / least * eps < eps**0.375


def posteriors(
    joint: Joint, shared: SharedLaw | None, x: Tensor, t: Tensor, rows: int
) -> Iterator[GaussianPosterior]:
    """Posteriors at points (n, 2) and times (n,) or (1,), at most so many rows at a time."""
    if shared is not None and shared.suits(t):
        return (Shared(shared, part, s) for part, s in _parts(x, t, rows))
    return each_posterior(joint, x, t, rows)


def each_posterior(joint: Joint, x: Tensor, t: Tensor, rows: int = Each.CELLS) -> Iterator[Each]:
    """The same for any covariances."""
    rows = min(rows, Each.CELLS // len(joint.weights))
    return (Each(joint, part, s) for part, s in _parts(x, t, rows))


def _parts(x: Tensor, t: Tensor, rows: int) -> list[tuple[Tensor, Tensor]]:
    """Points so many rows at a time, each with its times, or with the one time of all."""
    points = torch.split(x, max(1, rows))
    times = [t] * len(points) if len(t) == 1 else torch.split(t, max(1, rows))
    return list(zip(points, times, strict=True))


def _centre(means: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean (2, 1) of means (2, P), without rounding where they are all one."""
    first = means[:, :1]
    return first if bool((means == first).all()) else (means @ weights)[:, None]


def _products(u: Tensor, v: Tensor) -> Tensor:
    """Factors (3, P) of S in u' S v for symmetric S: of xx, xy and yy."""
    return torch.stack([u[0] * v[0], u[0] * v[1] + u[1] * v[0], u[1] * v[1]])
