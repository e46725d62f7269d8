"""Any flow from noise as a model of the noise at any level: one field, four faces.

Where the source is one Gaussian N(m, C) drawn independently of the target, the velocity of a path
alpha x0 + beta x1 fixes both ends' means,

    E0 = E[x0 | x] = (beta' x - beta v) / w,    E1 = E[x1 | x] = (alpha v - alpha' x) / w,

with w = alpha beta' - alpha' beta, and the score -C^-1 (E0 - m) / alpha. The law of a x1 + b x0 is
that of the path at the time with beta / alpha = a / b, up to a factor. So a field of any path
serves every level of every schedule (Karras et al. 2022, arXiv:2206.00364; on the linear path t = a
/ (a + b) and x / (a + b)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from flowlab.core.diffusion.affine import Affine
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import why_no_diffusion
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.parameterization import Normal
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from flowlab.core.solvers.field import Field

_HALVINGS = 60  # of the interval in which a path's time is sought
NEEDS_DOCUMENT = (
    "A diffusion model's noise is its document's source: sample a run, or the oracle of a document."
)


@dataclass(frozen=True, eq=False)
class Reading:
    """How a field is read at K levels, and what follows from it: float64 on the CPU."""

    times: list[float]  # (K,) of the field's path
    scale: Tensor  # (K,) by which a point is multiplied there
    shift: Tensor  # (K, 2) and moved
    noise: Affine  # E[x0 | x]
    denoised: Affine  # E[x1 | x]

    def __getitem__(self, which: slice) -> Reading:
        """At some of the levels."""
        parts = self.scale[which], self.shift[which], self.noise[which], self.denoised[which]
        return Reading(self.times[which], *parts)


@dataclass(frozen=True, eq=False)
class Faces:
    """One evaluation of a model of noise as all that it stands for, each (n, 2)."""

    noise: Tensor  # E[x0 | x]
    denoised: Tensor  # E[x1 | x]
    score: Tensor  # grad log p(x)
    velocity: Tensor  # E[x1 - x0 | x], that of the linear path


@dataclass(frozen=True, eq=False)
class Affinity:
    """The data as a diffusion takes them: y1 = m + (x1 - centre) / scale, m the noise's mean."""

    centre: Tensor  # (2,) float64
    scale: float


@dataclass(frozen=True, eq=False)
class Denoiser:
    """The noise, the denoised point and the score at any level, from a field of a path."""

    field: Field
    path: Interpolant
    source: Normal
    data: Affinity | None = None  # None: as they are

    @property
    def mean(self) -> Tensor:
        """The mean m of the noise, (2,)."""
        mean: Tensor = self.source.mean
        return mean

    @cached_property
    def root(self) -> Tensor:
        """The symmetric square root of the noise's covariance C, (2, 2)."""
        return root_of(self.source.cov)

    @cached_property
    def precision(self) -> Tensor:
        """The inverse of the noise's covariance, (2, 2)."""
        inverse: Tensor = torch.linalg.inv(self.source.cov)
        return inverse

    def read(self, signal: Tensor, noise: Tensor) -> Reading:
        """How the field is read where x = a x1 + b x0, `signal` a (K,) and `noise` b > 0 (K,)."""
        size = 1.0 if self.data is None else self.data.scale
        t = self._inside(time_at(self.path, signal / size, noise))
        alpha, beta = self.path.alpha(t), self.path.beta(t)
        scale = torch.hypot(alpha, beta) / torch.hypot(signal / size, noise)
        shift = -(scale * signal)[:, None] * self.move
        da, db = self.path.alpha_dot(t) + 0 * t, self.path.beta_dot(t) + 0 * t
        w = alpha * db - da * beta
        x0 = Affine.of(-beta / w, db * scale / w, (db / w)[:, None] * shift)
        x1 = Affine.of(alpha / w, -da * scale / w, (-da / w)[:, None] * shift)
        return Reading(t.tolist(), scale, shift, x0, x1 / size + self.move)

    @property
    def move(self) -> Tensor:
        """What is added to x1 / scale, (2,)."""
        data = self.data
        return torch.zeros_like(self.mean) if data is None else self.mean - data.centre / data.scale

    def taken(self, x1: Tensor) -> Tensor:
        """Data (n, 2) as the diffusion takes them."""
        return x1 if self.data is None else x1 / self.data.scale + self.move.to(x1)

    def _inside(self, t: Tensor) -> Tensor:
        """Times at which the field has a value."""
        edge = getattr(self.field, "edge", 0.0)
        return t.clamp(edge, 1 - edge)

    def faces(self, x: Tensor, signal: float, noise: float, **condition: Any) -> Faces:
        """All faces at x (n, 2) of the level a, b > 0; a conditional network gets its condition."""
        a, b = (torch.tensor([float(each)], dtype=torch.float64) for each in (signal, noise))
        read = self.read(a, b)
        v = evaluated(self.field, read, 0, x, **condition)
        x0, x1 = (each.to(v).at(0, v, x.to(v)) for each in (read.noise, read.denoised))
        score = (self.mean.to(v) - x0) @ self.precision.to(v) / noise
        return Faces(x0, x1, score, x1 - x0)


def evaluated(field: Field, read: Reading, k: int, x: Tensor, **condition: Any) -> Tensor:
    """The field (n, 2) where the k-th level of a reading has x (n, 2)."""
    scale, shift = float(read.scale[k]), read.shift[k].to(x)
    return field.velocity(scale * x + shift, read.times[k], **condition)


def denoiser_of(field: Field, document: Document | None, data: Affinity | None = None) -> Denoiser:
    """The denoiser of a document's field, learned or exact.

    Raises `Invalid` unless the source is one Gaussian, pairs are independent, and the path has no
    latent noise.
    """
    if document is None:
        raise Invalid(NEEDS_DOCUMENT)
    if why := why_no_diffusion(document):
        raise Invalid(why)
    mixture = build(document.source).mixture()
    assert mixture is not None
    source = Normal(mixture.means[0].double().cpu(), mixture.covs[0].double().cpu())
    return Denoiser(field, interpolant_of(document.path), source, data)


def root_of(cov: Tensor) -> Tensor:
    """The symmetric square root of covariances (..., 2, 2)."""
    values, axes = torch.linalg.eigh(cov)
    root: Tensor = (axes * values.clamp_min(0).sqrt()[..., None, :]) @ axes.mT
    return root


def time_at(path: Interpolant, signal: Tensor, noise: Tensor) -> Tensor:
    """The times (K,) at which a path has beta / alpha = a / b, `signal` a and `noise` b (K,)."""
    if path is LINEAR:
        return signal / (signal + noise)
    low, high = torch.zeros_like(signal), torch.ones_like(signal)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        early = path.beta(middle) * noise < path.alpha(middle) * signal
        low, high = torch.where(early, middle, low), torch.where(early, high, middle)
    return (low + high) / 2
