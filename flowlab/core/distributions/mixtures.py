"""Gaussian mixtures, point clouds as kernel mixtures, and the pinwheel: exact densities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.distributions.categorical import (
    alias_table,
    blocks,
    log_sum_exp,
    normal,
    sample_alias,
    uniform,
)
from flowlab.core.distributions.checks import tensor_of
from flowlab.core.document import shapes
from flowlab.core.document.limits import Invalid


@dataclass(frozen=True)
class MixtureParameters:
    """A Gaussian mixture: weights (K,) of sum 1, means (K, 2), covs (K, 2, 2), float64."""

    weights: Tensor
    means: Tensor
    covs: Tensor

    def __post_init__(self) -> None:
        """Raises `Invalid` for wrong shapes or values; weights of another sum are divided by it."""
        parts = [tensor_of(part, "A mixture's parameters") for part in self._parts]
        count = len(parts[0]) if parts[0].ndim else 0
        if not count or [p.shape for p in parts] != [(count,), (count, 2), (count, 2, 2)]:
            shapes_ = ", ".join(str(tuple(part.shape)) for part in parts)
            raise Invalid(f"A mixture needs weights (K,), means (K, 2), covs (K, 2, 2): {shapes_}.")
        if not all(bool(part.isfinite().all()) for part in parts):
            raise Invalid("The weights, means and covs of a mixture must be finite numbers.")
        weights, means, covs = (part.double() for part in parts)
        for name, part in (("weights", shares(weights)), ("means", means), ("covs", covs)):
            object.__setattr__(self, name, part)

    @property
    def _parts(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.weights, self.means, self.covs


def shares(weights: Tensor) -> Tensor:
    """Weights (K,) as shares of their sum, however large or small; raises `Invalid` for none."""
    if bool((weights < 0).any()) or not bool((weights > 0).any()):
        raise Invalid("The weights of a mixture must not be negative, and one must be positive.")
    if abs(float(weights.sum()) - 1) < _ROUNDING:
        return weights
    scaled = weights / weights.max()
    return scaled / scaled.sum()


_ROUNDING = 1e-12  # of a sum of shares


def circle(radius: float, points: int = 64) -> Tensor:
    """Points (points, 2) evenly spaced on a circle about the origin."""
    angle = torch.arange(points, dtype=torch.float64) * (2 * math.pi / points)
    return radius * torch.stack([angle.cos(), angle.sin()], dim=1)


def rotated(x: Tensor, angle: Tensor) -> Tensor:
    """The points x (n, 2), each rotated about the origin by its own angle (n,)."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]], dim=1)


@dataclass(frozen=True)
class Gaussians:
    """A Gaussian mixture before placement."""

    weights: Tensor
    means: Tensor
    covs: Tensor
    factors: Tensor  # lower Cholesky factors (K, 2, 2)
    share: Tensor
    alias: Tensor
    outline: Tensor

    @property
    def labels(self) -> Tensor | None:
        """The components, None if there is only one."""
        return torch.arange(len(self.means)) if len(self.means) > 1 else None

    @classmethod
    def of(cls, weights: Tensor, means: Tensor, covs: Tensor) -> Gaussians:
        """The mixture of these parameters, float64."""
        keep = weights > 0
        weights, means, covs = shares(weights[keep]), means[keep], covs[keep]
        share, alias = (torch.from_numpy(a) for a in alias_table(weights.numpy()))
        factors: Tensor = torch.linalg.cholesky(covs)
        ends = means[:, None] + 4 * circle(1.0) @ factors.mT
        return cls(weights, means, covs, factors, share, alias, ends.reshape(-1, 2))

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2), and the component (n,) of each, None if there is only one."""
        z = normal(self.means, (n, 2), rng)
        if len(self.means) == 1:
            return z @ self.factors[0].T.contiguous() + self.means, None
        k = sample_alias(self.share, self.alias, n, rng)
        rows = torch.cat([self.means, self.factors.reshape(-1, 4)], dim=1).index_select(0, k)
        x = rows[:, 0] + rows[:, 2] * z[:, 0]
        y = rows[:, 1] + rows[:, 4] * z[:, 0] + rows[:, 5] * z[:, 1]
        return torch.stack([x, y], dim=1), k

    def has_density(self, sigma: float) -> bool:
        """True: a mixture's density is known for any blur."""
        return sigma >= 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """log of sum_k w_k N(x; m_k, C_k + sigma^2 I), (n,)."""
        del slack
        covs = self.covs + sigma**2 * torch.eye(2, dtype=x.dtype, device=x.device)
        xx, xy, yy = covs[:, 0, 0], covs[:, 0, 1], covs[:, 1, 1]
        det = xx * yy - xy * xy
        side, rest = xx.sqrt(), (det / xx).sqrt()  # of the Cholesky factor: squares stay positive
        log_peak = self.weights.log() - math.log(2 * math.pi) - det.log() / 2
        parts = []
        for part in blocks(x, len(det)):
            dx, dy = (part[:, None] - self.means).unbind(2)
            first, second = dx / side, (dy - xy / xx * dx) / rest
            parts.append(log_sum_exp(log_peak - (first * first + second * second) / 2))
        return torch.cat(parts)


def gaussian(shape: shapes.Gaussian) -> Gaussians:
    """One Gaussian at the origin."""
    xy = shape.correlation * shape.std_x * shape.std_y
    cov = torch.tensor([[[shape.std_x**2, xy], [xy, shape.std_y**2]]], dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    return Gaussians.of(one, torch.zeros(1, 2, dtype=torch.float64), cov)


def ring(shape: shapes.Ring) -> Gaussians:
    """Means (sin, cos)(2 pi k / count), the first at the top."""
    means = shape.radius * circle(1.0, shape.count).flip(1)
    covs = shape.std**2 * torch.eye(2, dtype=torch.float64).repeat(shape.count, 1, 1)
    return Gaussians.of(torch.ones(shape.count, dtype=torch.float64), means, covs)


def mixture(shape: shapes.Mixture) -> Gaussians:
    """A general mixture from its means, covariances and weights."""
    weights = torch.tensor(shape.weights, dtype=torch.float64)
    means = torch.tensor(shape.means, dtype=torch.float64)
    covs = torch.tensor(shape.covs, dtype=torch.float64)
    if not all(bool(part.isfinite().all()) for part in (weights, means, covs)):
        raise Invalid("The means, covariances and weights of a mixture must be finite numbers.")
    return Gaussians.of(weights, means, covs[:, [0, 1, 1, 2]].reshape(-1, 2, 2))


def log_kernels(x: Tensor, centres: Tensor, log_weights: Tensor, sigma: float) -> Tensor:
    """log of sum_k w_k N(x; c_k, sigma^2 I), (n,); one matrix product per block."""
    scaled = centres / sigma
    log_peak = log_weights - math.log(2 * math.pi * sigma**2) - scaled.square().sum(1) / 2
    parts = []
    for part in blocks(x / sigma, len(centres)):
        logs = torch.addmm(log_peak, part, scaled.T)
        parts.append(log_sum_exp(logs) - part.square().sum(1) / 2)
    return torch.cat(parts)


@dataclass(frozen=True)
class Cloud:
    """A point cloud before placement; all points are equally likely."""

    points: Tensor
    labels: Tensor | None

    @property
    def outline(self) -> Tensor:
        """The points themselves."""
        return self.points

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Points sampled with replacement (n, 2), and their classes (n,) if any."""
        k = (uniform(self.points, (n,), rng) * len(self.points)).long()
        k.clamp_(max=len(self.points) - 1)
        points = self.points.index_select(0, k)
        return points, None if self.labels is None else self.labels[k]

    def has_density(self, sigma: float) -> bool:
        """True if blurred: atoms have no density."""
        return sigma > 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """log of the mean of the kernels N(x; point, sigma^2 I), (n,)."""
        del slack
        log_weights = torch.full_like(self.points[:, 0], -math.log(len(self.points)))
        return log_kernels(x, self.points, log_weights, sigma)


def cloud(shape: shapes.Points) -> Cloud:
    """The cloud of a checked array of points (N, 2) and classes (N,); raises `Invalid`."""
    values = None if shape.points is None else np.asarray(shape.points.values, dtype=np.float64)
    if values is None or values.ndim != 2 or values.shape[1] != 2 or not len(values):
        raise Invalid("Points must be an array of rows x, y with at least one row.")
    if not np.isfinite(values).all():
        raise Invalid("Points must be finite numbers; remove the rows that are not.")
    if np.abs(values).max() > shapes.FURTHEST:
        raise Invalid(f"Points must be at most {shapes.FURTHEST:g} in size; remove those beyond.")
    return Cloud(torch.from_numpy(values.copy()), _classes(shape, len(values)))


def _classes(shape: shapes.Points, count: int) -> Tensor | None:
    if shape.labels is None:
        return None
    labels = np.asarray(shape.labels.values)
    if labels.shape != (count,):
        raise Invalid(f"There are {count} points, so there must be {count} labels.")
    valid = (labels >= 0) & (labels < shapes.CLASSES)  # False for NaN
    integers = np.where(valid, labels, -1).astype(np.int64)
    if (integers != labels).any() or not valid.all():
        raise Invalid(f"Labels must be whole numbers from 0 to {shapes.CLASSES - 1}.")
    return torch.from_numpy(integers)


@dataclass(frozen=True)
class Blades:
    """The pinwheel before placement: Gaussian blades, rotated by twist * exp(r / 2)."""

    blades: Gaussians
    twist: float
    outline: Tensor

    @property
    def labels(self) -> Tensor | None:
        """The blades."""
        return self.blades.labels

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2), and the blade (n,) of each."""
        x, blade = self.blades.draw(n, rng)
        return rotated(x, self._angle(x)), blade

    def has_density(self, sigma: float) -> bool:
        """True without blur; a blurred pinwheel has no closed form."""
        return sigma == 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """The untwisted density: the twist depends on |x| only, so its Jacobian is 1."""
        return self.blades.log_density(rotated(x, -self._angle(x)), sigma, slack)

    def _angle(self, x: Tensor) -> Tensor:
        # There is no mass beyond r = 40, where the exponential would lose all digits of the angle.
        return self.twist * torch.exp(torch.linalg.vector_norm(x, dim=1).clamp(max=40.0) / 2)


def pinwheel(shape: shapes.Pinwheel) -> Blades:
    """Blades at radius 2, deviations 0.6 along and 0.2 across (Johnson et al. 2016, times two)."""
    spokes = circle(1.0, shape.count)
    covs = torch.stack([_blade(cos, sin) for cos, sin in spokes.tolist()])
    weights = torch.ones(shape.count, dtype=torch.float64)
    return Blades(Gaussians.of(weights, 2.0 * spokes, covs), shape.twist, circle(4.4))


def _blade(cos: float, sin: float) -> Tensor:
    turn = torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
    return turn @ torch.diag(torch.tensor([0.36, 0.04], dtype=torch.float64)) @ turn.T
