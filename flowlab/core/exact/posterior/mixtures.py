"""Posterior pairs of two Gaussian mixtures or clouds, in closed form.

The pair of components has posterior weights that are a softmax. Given the components, (x0, x1) is
Gaussian and sampled by Matheron's rule: a prior sample, corrected by its regression on x.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.categorical import sample_weighted
from flowlab.core.exact.gaussian_posterior import (
    SharedCovarianceJoint,
    SharedCovariancePosterior,
    posteriors,
)
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.exact.posterior.interfaces import Drawn, Generators
from flowlab.core.exact.symmetric import Symmetric

_CELLS = 1 << 16  # points times pairs of components at once, so that they stay in cache
_CACHED = 1 << 18  # pairs of components times cached times
_NARROW = 1e-9  # of the squared length scale: with less variance, sums of squares lose precision
_LEAST = -80.0  # least log weight; its exponential is a float32


class MixturePairs:
    """Posterior pairs, and the latent noise z of each, for all pairs of components."""

    def __init__(
        self, joint: Joint, shared: SharedCovarianceJoint | None = None, note: str = ""
    ) -> None:
        self._joint, self._shared, self.note = joint, shared, note
        self._at = lru_cache(max(2, _CACHED // len(joint.weights)))(self._posterior_at)

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n)."""
        points = torch.from_numpy(np.ascontiguousarray(x))
        posterior = self._at(t)
        off = None if posterior is None else posterior.centred(points)
        if posterior is None or off is None:
            times = torch.full((1,), t, dtype=points.dtype)
            x0, x1, _ = self.triples(points.T, times, 1, rng.torch)[..., 0]
        else:
            picked = posterior.picked(off, torch.from_numpy(rng.uniform(x.shape[1], 1)))
            normal = torch.from_numpy(
                rng.numpy.standard_normal((2 + posterior.blend.noisy, *x.shape))
            )
            x0, x1, *_ = posterior.matheron(picked[:, 0], points, normal)
        return Drawn(x0.numpy(), x1.numpy(), float(x.shape[1]))

    def triples(self, x: Tensor, t: Tensor, n: int, rng: torch.Generator | None) -> Tensor:
        """`n` draws of x0, x1 and z, (3, 2, m, n), at points (m, 2) and times (1,) or (m,).

        With the same generator, the draws of a single point move continuously with it.
        """
        uniform = torch.rand(len(x), n, dtype=x.dtype, generator=rng)
        normal = torch.randn(3, 2, len(x), n, dtype=x.dtype, generator=rng)
        posterior = self._at(float(t)) if len(t) == 1 else None
        points = x.T
        off = None if posterior is None else posterior.centred(points)
        if posterior is not None and off is not None:
            picked = posterior.picked(off, uniform)
            return torch.stack(posterior.matheron(picked, points[..., None], normal))
        picked, known = self._picked(x, t, uniform)
        components = self._joint.take(picked)
        blend = Blend(components, t[:, None])
        drawn = _matheron(components, blend, blend.cov.inverse(), points[..., None], normal)
        return torch.where(known[:, None], torch.stack(drawn), torch.nan)

    def _picked(self, x: Tensor, t: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Pairs of components (m, n) sampled at each point, and True (m,) where it has density."""
        rows = SharedCovariancePosterior.CELLS // len(self._joint.weights)
        weights = [part.weights for part in posteriors(self._joint, self._shared, x, t, rows)]
        known = [part.isfinite().all(1) for part in weights]
        parts = zip(weights, known, torch.split(uniform, [len(s) for s in weights]), strict=True)
        picked = [sample_weighted(torch.where(k[:, None], s, 1.0), u) for s, k, u in parts]
        return torch.cat(picked), torch.cat(known)

    def _posterior_at(self, t: float) -> _PosteriorAt | None:
        """The cached posterior at t; None if components are too narrow for its sums."""
        joint = self._joint
        blend = Blend(joint, torch.tensor(t, dtype=torch.float64))
        narrow = float(blend.cov.least.min()) < _NARROW * joint.size**2
        if narrow or joint.weights.dtype != torch.float64:
            return None
        return _PosteriorAt(joint, blend)


class _PosteriorAt:
    """The posterior weights of the P pairs of components at one t, by one matrix product."""

    def __init__(self, joint: Joint, blend: Blend) -> None:
        self._joint, self.blend = joint, blend
        mean = blend.at(joint.mean0, joint.mean1)
        self._centre = mean.mean(1, keepdim=True)
        mean = mean - self._centre
        cov = blend.cov
        self._reach = (float(cov.least.min()) / _NARROW) ** 0.5
        s = self._precision = cov.inverse()
        precision_mean = s @ mean
        constant = joint.weights.log() - 0.5 * (cov.det.log() + (mean * precision_mean).sum(0))
        parts = [constant, precision_mean[0], precision_mean[1], -0.5 * s.xx, -s.xy, -0.5 * s.yy]
        self._logs = torch.stack([part.expand(mean.shape[1]) for part in parts])  # (6, P)

    def centred(self, x: Tensor) -> Tensor | None:
        """Points (2, n) from the centre; None if one is too far for squares to be accurate."""
        off = x - self._centre
        if off.numel() and not float(torch.linalg.vector_norm(off, math.inf)) < self._reach:
            return None
        return off

    def picked(self, off: Tensor, uniform: Tensor) -> Tensor:
        """Pairs of components (n, k) at centred points, by uniform numbers (n, k)."""
        u, v = off
        features = torch.stack([torch.ones_like(u), u, v, u * u, u * v, v * v], 1)
        rows = max(1, _CELLS // self._logs.shape[1])
        parts = zip(torch.split(features, rows), torch.split(uniform, rows), strict=True)
        return torch.cat([self._softmax(*part) for part in parts])

    def _softmax(self, features: Tensor, uniform: Tensor) -> Tensor:
        logs = features @ self._logs
        weights = (logs - logs.amax(1, keepdim=True)).float().clamp_(min=_LEAST).exp_()
        return sample_weighted(weights, uniform)

    def matheron(self, picked: Tensor, x: Tensor, normal: Tensor) -> tuple[Tensor, ...]:
        """x0, x1 and z given the components, from standard normal numbers."""
        components = self._joint.take(picked)
        return _matheron(components, self.blend, self._precision.take(picked), x, normal)


def _matheron(
    components: Joint, blend: Blend, precision: Symmetric, x: Tensor, normal: Tensor
) -> tuple[Tensor, ...]:
    """x0, x1 (2, ...) given the components, and z if normal numbers (3, 2, ...) include it.

    They interpolate to x; without latent noise z is independent.
    """
    x0, x1 = (
        components.mean0 + components.cov0.root(normal[0]),
        components.mean1 + components.cov1.root(normal[1]),
    )
    missing = x - blend.at(x0, x1)
    if blend.noisy:
        missing = missing - blend.gamma * normal[2]
    gain = precision @ missing
    x0 = x0 + blend.alpha * (components.cov0 @ gain)
    x1 = x1 + blend.beta * (components.cov1 @ gain)
    return (x0, x1, *(z + blend.gamma * gain if blend.noisy else z for z in normal[2:]))
