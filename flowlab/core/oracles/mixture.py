"""The exact field between two Gaussian mixtures: what a trained network is measured against."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.distributions import MixtureParameters, build
from flowlab.core.document import Document
from flowlab.core.limits import Invalid
from flowlab.core.oracles.face import Facts

_CELLS = 1 << 19  # points times pairs of components held at once


class MixtureOracle:
    """Closed form of the linear path between independent mixtures, for t in [0, 1], in float64.

    Every pair of components, i of the source and j of the target, gives one Gaussian of x_t with
    mean (1-t) m0_i + t m1_j and covariance (1-t)^2 C0_i + t^2 C1_j, whether or not C0 and C1
    commute. Points are (n, 2), tensors or arrays; t is a number or (n,). Floating results keep
    the points' own dtype and place.
    """

    def __init__(self, source: MixtureParameters, target: MixtureParameters) -> None:
        i, j = torch.cartesian_prod(
            torch.arange(len(source.weights)), torch.arange(len(target.weights))
        ).T
        weights = source.weights.double().cpu()[i] * target.weights.double().cpu()[j]
        self.weights = weights / weights.sum()  # (P,), one for each pair of components
        self.mean0, self.mean1 = source.means.double().cpu()[i], target.means.double().cpu()[j]
        self.document: Document | None = None  # whose exact field this is, where it is of one
        self.cov0 = _Symmetric.of(source.covs.double().cpu()[i])
        self.cov1 = _Symmetric.of(target.covs.double().cpu()[j])

    def to(self, device: str, dtype: torch.dtype) -> MixtureOracle:
        """The same oracle computing there and so: in float32 for a network to learn from."""
        other = copy.copy(self)
        for name in ("weights", "mean0", "mean1", "cov0", "cov1"):
            setattr(other, name, getattr(self, name).to(device, dtype))
        return other

    @property
    def facts(self) -> Facts:
        """Exact, with score and pairs."""
        return Facts(exact=True, kind="mixture", note="Exact: both ends are Gaussian mixtures.")

    def inside(self, x: ArrayLike | Tensor, t: float | Tensor) -> Tensor:
        """Is the field defined there? (n,) bool."""
        return self.log_density(x, t).isfinite()

    def log_density(self, x: ArrayLike | Tensor, t: float | Tensor) -> Tensor:
        """Natural logarithm of the density of x_t, (n,)."""
        return self._each(x, t, lambda given: given.logs.logsumexp(1))

    def density(self, x: ArrayLike | Tensor, t: float | Tensor) -> Tensor:
        """Density of x_t, (n,)."""
        return self.log_density(x, t).exp()

    def score(self, x: ArrayLike | Tensor, t: float | Tensor) -> Tensor:
        """Gradient of the log density, (n, 2)."""
        return self._each(x, t, lambda given: -given.average(given.solved))

    def velocity(self, x: ArrayLike | Tensor, t: float | Tensor) -> Tensor:
        """E[x1 - x0 | x_t = x], (n, 2)."""
        return self._each(x, t, lambda given: given.average(given.displacement))

    def residual(self, x: ArrayLike | Tensor, t: float | Tensor) -> Tensor:
        """Trace of Cov[x1 - x0 | x_t = x], (n,): the squared error that no network can avoid."""
        return self._each(x, t, lambda given: given.residual())

    def pairs(
        self,
        x: ArrayLike | Tensor,
        t: float | Tensor,
        n: int,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """`n` draws of (x0, x1) given x_t = x at each of m points: two tensors (m, n, 2).

        The end with the smaller share in x_t is drawn and the other solved for, so that both
        ends of time are as accurate as the middle.
        """
        points, like = self._points(x)
        times = self._times(t, len(points))
        if n < 1:
            raise Invalid(f"Draw at least one pair, not {n}.")
        given = _Given(self, points, times)
        picked = torch.multinomial(given.shares, n, replacement=True, generator=generator)
        rows = torch.arange(len(points))[:, None]
        z = torch.randn(len(points), n, 2, dtype=torch.float64, generator=generator)
        spread = given.common[rows, picked].root(z)
        x, s = points[:, None], times[:, None, None]
        late, x0, x1 = s > 0.5, given.mean_x0[rows, picked], given.mean_x1[rows, picked]
        x0, x1 = x0 + s * spread, x1 + (1 - s) * spread
        solved0, solved1 = (x - s * x1) / (1 - s), (x - (1 - s) * x0) / s
        return torch.where(late, x0, solved0).to(like), torch.where(late, solved1, x1).to(like)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """x_t (n, 2), float64, one for each time in t (n,)."""
        picked = torch.multinomial(self.weights, len(t), replacement=True, generator=generator)
        z0, z1 = torch.randn(2, len(t), 2, dtype=torch.float64, generator=generator)
        x0 = self.mean0[picked] + self.cov0[picked].root(z0)
        x1 = self.mean1[picked] + self.cov1[picked].root(z1)
        return torch.lerp(x0, x1, t.double()[:, None])

    @property
    def power(self) -> float:
        """E|x1 - x0|^2, exact."""
        gap = (self.mean1 - self.mean0).square().sum(1)
        return float(self.weights @ (gap + self.cov0.trace + self.cov1.trace))

    def _each(
        self, x: ArrayLike | Tensor, t: float | Tensor, take: Callable[[_Given], Tensor]
    ) -> Tensor:
        """`take` of the posterior at every point, so many rows at a time as memory allows."""
        points, like = self._points(x)
        times = self._times(t, len(points))
        rows = max(1, _CELLS // len(self.weights))
        parts = zip(torch.split(points, rows), torch.split(times, rows), strict=True)
        return torch.cat([take(_Given(self, part, s)) for part, s in parts]).to(like)

    def _points(self, x: ArrayLike | Tensor) -> tuple[Tensor, Tensor]:
        """Points as the oracle computes, and an empty tensor as the answer is wanted."""
        points = torch.as_tensor(x)
        if points.ndim != 2 or points.shape[1] != 2:
            raise Invalid(f"Points must have the shape (n, 2), not {tuple(points.shape)}.")
        like = points[:0] if points.is_floating_point() else points[:0].double()
        return points.to(self.weights), like

    def _times(self, t: float | ArrayLike | Tensor, n: int) -> Tensor:
        """One time for each of n points."""
        times = torch.as_tensor(t, dtype=self.weights.dtype, device=self.weights.device)
        if times.shape not in ((), (1,), (n,)):
            raise Invalid("Times must be one number, or one for each point.")
        return times.expand(n)


class _Given:
    """Everything conditional on x_t = x, for n points and P pairs of components, when asked for."""

    def __init__(self, oracle: MixtureOracle, x: Tensor, t: Tensor) -> None:
        s = t[:, None]
        self._oracle, self._s = oracle, s
        off = x[:, None] - torch.lerp(oracle.mean0, oracle.mean1, s[..., None])
        cov = oracle.cov0 * (1 - s) ** 2 + oracle.cov1 * s**2
        self.solved = cov.inverse() @ off  # (n, P, 2)
        mahalanobis = (off * self.solved).sum(-1)
        self.logs = oracle.weights.log() - 0.5 * (mahalanobis + cov.det.log())
        self.logs -= math.log(2 * math.pi)  # (n, P), log of weight times density

    @cached_property
    def shares(self) -> Tensor:
        """Posterior weights (n, P) of the components."""
        return self.logs.softmax(1)

    @cached_property
    def mean_x0(self) -> Tensor:
        """E[x0 | x, component], (n, P, 2)."""
        oracle = self._oracle
        return oracle.mean0 + (1 - self._s)[..., None] * (oracle.cov0 @ self.solved)

    @cached_property
    def mean_x1(self) -> Tensor:
        """E[x1 | x, component], (n, P, 2)."""
        return self._oracle.mean1 + self._s[..., None] * (self._oracle.cov1 @ self.solved)

    @property
    def displacement(self) -> Tensor:
        """E[x1 - x0 | x, component], (n, P, 2)."""
        return self.mean_x1 - self.mean_x0

    @cached_property
    def common(self) -> _Symmetric:
        """Cov(x1 - x0 | x, component) = C0 C^-1 C1, written so that it stays symmetric.

        Cov(x0 | x) is t^2 times it, Cov(x1 | x) is (1-t)^2 times it.
        """
        oracle, s = self._oracle, self._s
        return (oracle.cov1.inverse() * (1 - s) ** 2 + oracle.cov0.inverse() * s**2).inverse()

    def average(self, values: Tensor) -> Tensor:
        """Posterior mean (n, 2) over components of `values` (n, P, 2)."""
        return torch.sum(self.shares[..., None] * values, 1)

    def residual(self) -> Tensor:
        """Law of total variance: between the components and within them, (n,)."""
        between = self.displacement - self.average(self.displacement)[:, None]
        return torch.sum(self.shares * (between.square().sum(-1) + self.common.trace), 1)


@dataclass(frozen=True, eq=False)
class _Symmetric:
    """Symmetric 2x2 matrices of any batch shape, in closed form."""

    xx: Tensor
    xy: Tensor
    yy: Tensor

    @classmethod
    def of(cls, matrices: Tensor) -> _Symmetric:
        return cls(matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 1])

    def __getitem__(self, index: Tensor | tuple[Tensor, ...]) -> _Symmetric:
        return _Symmetric(self.xx[index], self.xy[index], self.yy[index])

    def __add__(self, other: _Symmetric) -> _Symmetric:
        return _Symmetric(self.xx + other.xx, self.xy + other.xy, self.yy + other.yy)

    def __mul__(self, by: Tensor) -> _Symmetric:
        return _Symmetric(self.xx * by, self.xy * by, self.yy * by)

    def __matmul__(self, v: Tensor) -> Tensor:
        x, y = v.unbind(-1)
        return torch.stack([self.xx * x + self.xy * y, self.xy * x + self.yy * y], -1)

    @property
    def det(self) -> Tensor:
        return self.xx * self.yy - self.xy * self.xy

    def to(self, device: str, dtype: torch.dtype) -> _Symmetric:
        return _Symmetric(*(part.to(device, dtype) for part in (self.xx, self.xy, self.yy)))

    @property
    def trace(self) -> Tensor:
        return self.xx + self.yy

    def inverse(self) -> _Symmetric:
        return _Symmetric(self.yy / self.det, -self.xy / self.det, self.xx / self.det)

    def root(self, z: Tensor) -> Tensor:
        """L z, L the Cholesky factor: z standard normal gives this covariance."""
        x, y = z.unbind(-1)
        a = self.xx.sqrt()
        return torch.stack([a * x, self.xy / a * x + (self.det / self.xx).sqrt() * y], -1)


def oracle_for(document: Document) -> MixtureOracle | None:
    """The document's exact field where both of its ends are Gaussian mixtures, else None."""
    source, target = build(document.source).mixture(), build(document.target).mixture()
    if source is None or target is None:
        return None
    oracle = MixtureOracle(source, target)
    oracle.document = document
    return oracle


def loss_floor(
    oracle: MixtureOracle, n: int = 20_000, generator: torch.Generator | None = None
) -> tuple[float, float]:
    """Least values of E|v - I'|^2 and of E[|v|^2 / 2 - I'.v], from `n` points x_t, t uniform.

    The first is the mean conditional variance; the second follows, since they differ by E|I'|^2.
    """
    t = (torch.arange(n) + torch.rand(n, dtype=torch.float64, generator=generator)) / n
    mse = float(oracle.residual(oracle.sample(t, generator), t).mean())
    return mse, 0.5 * (mse - oracle.power)
