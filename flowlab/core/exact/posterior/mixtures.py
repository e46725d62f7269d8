"""Pairs of two Gaussian mixtures or clouds given x_t, by the closed form of the posterior.

Components i and j have blended into x with a probability that is a softmax over them; then the
pair is Gaussian, drawn by Matheron's rule: a draw without regard to x, moved by its regression.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.categorical import by_weights
from flowlab.core.exact.gaussian_posterior import Shared, SharedLaw, posteriors
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.exact.posterior.interfaces import Drawn, Generators
from flowlab.core.exact.symmetric import Symmetric

_CELLS = 1 << 16  # points times pairs of components at once, so that they stay in the cache
_KEPT = 1 << 18  # pairs of components, of all the times whose posterior is kept
_NARROW = 1e-9  # of the whole's square: of less variance, squares that are summed leave too little
_LEAST = -80.0  # a logarithm that is nothing beside 0, and whose power float32 can hold


class MixturePairs:
    """Pairs, and the latent noise z of each, of all pairs of components of a joint law."""

    def __init__(self, joint: Joint, shared: SharedLaw | None = None, note: str = "") -> None:
        self._joint, self._shared, self.note = joint, shared, note
        self._at = lru_cache(max(2, _KEPT // len(joint.weights)))(self._posterior_at)

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n)."""
        points = torch.from_numpy(np.ascontiguousarray(x))
        now = self._at(t)
        off = None if now is None else now.seen(points)
        if now is None or off is None:
            times = torch.full((1,), t, dtype=points.dtype)
            x0, x1, _ = self.triples(points.T, times, 1, rng.torch)[..., 0]
        else:
            picked = now.picked(off, torch.from_numpy(rng.uniform(x.shape[1], 1)))
            normal = torch.from_numpy(rng.numpy.standard_normal((2 + now.blend.noisy, *x.shape)))
            x0, x1, *_ = now.moved(picked[:, 0], points, normal)
        return Drawn(x0.numpy(), x1.numpy(), float(x.shape[1]))

    def triples(self, x: Tensor, t: Tensor, n: int, rng: torch.Generator | None) -> Tensor:
        """`n` draws of x0, x1 and z, (3, 2, m, n), at points (m, 2) and times (1,) or (m,).

        With the same generator a lone point has draws that glide as it moves.
        """
        uniform = torch.rand(len(x), n, dtype=x.dtype, generator=rng)
        normal = torch.randn(3, 2, len(x), n, dtype=x.dtype, generator=rng)
        now = self._at(float(t)) if len(t) == 1 else None
        points = x.T
        off = None if now is None else now.seen(points)
        if now is not None and off is not None:
            picked = now.picked(off, uniform)
            return torch.stack(now.moved(picked, points[..., None], normal))
        picked, known = self._picked(x, t, uniform)
        own = self._joint.take(picked)
        blend = Blend(own, t[:, None])
        drawn = _moved(own, blend, blend.cov.inverse(), points[..., None], normal)
        return torch.where(known[:, None], torch.stack(drawn), torch.nan)

    def _picked(self, x: Tensor, t: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Components (m, n) at each point by uniform numbers, and whether it has any, (m,)."""
        rows = Shared.CELLS // len(self._joint.weights)
        shares = [part.shares for part in posteriors(self._joint, self._shared, x, t, rows)]
        known = [part.isfinite().all(1) for part in shares]
        parts = zip(shares, known, torch.split(uniform, [len(s) for s in shares]), strict=True)
        picked = [by_weights(torch.where(k[:, None], s, 1.0), u) for s, k, u in parts]
        return torch.cat(picked), torch.cat(known)

    def _posterior_at(self, t: float) -> _PosteriorAt | None:
        """None where components are too narrow for the sums."""
        joint = self._joint
        blend = Blend(joint, torch.tensor(t, dtype=torch.float64))
        narrow = float(blend.cov.least.min()) < _NARROW * joint.size**2
        if narrow or joint.weights.dtype != torch.float64:
            return None
        return _PosteriorAt(joint, blend)


class _PosteriorAt:
    """What is known of the P pairs of components at one t: a matrix product does for all points."""

    def __init__(self, joint: Joint, blend: Blend) -> None:
        self._joint, self.blend = joint, blend
        mean = blend.at(joint.mean0, joint.mean1)
        self._centre = mean.mean(1, keepdim=True)
        mean = mean - self._centre
        cov = blend.cov
        self._reach = (float(cov.least.min()) / _NARROW) ** 0.5
        s = self._precision = cov.inverse()
        pull = s @ mean
        constant = joint.weights.log() - 0.5 * (cov.det.log() + (mean * pull).sum(0))
        parts = [constant, pull[0], pull[1], -0.5 * s.xx, -s.xy, -0.5 * s.yy]
        self._logs = torch.stack([part.expand(mean.shape[1]) for part in parts])  # (6, P)

    def seen(self, x: Tensor) -> Tensor | None:
        """Points (2, n) from the centre; None where one is so far that squares lose too much."""
        off = x - self._centre
        if off.numel() and not float(torch.linalg.vector_norm(off, math.inf)) < self._reach:
            return None
        return off

    def picked(self, off: Tensor, uniform: Tensor) -> Tensor:
        """Pairs of components (n, k) at points seen from the centre, by uniform numbers (n, k)."""
        u, v = off
        features = torch.stack([torch.ones_like(u), u, v, u * u, u * v, v * v], 1)
        rows = max(1, _CELLS // self._logs.shape[1])
        parts = zip(torch.split(features, rows), torch.split(uniform, rows), strict=True)
        return torch.cat([self._softmax(*part) for part in parts])

    def _softmax(self, features: Tensor, uniform: Tensor) -> Tensor:
        logs = features @ self._logs
        shares = (logs - logs.amax(1, keepdim=True)).float().clamp_(min=_LEAST).exp_()
        return by_weights(shares, uniform)

    def moved(self, picked: Tensor, x: Tensor, normal: Tensor) -> tuple[Tensor, ...]:
        """x0, x1 and z of components picked, from normal numbers."""
        own = self._joint.take(picked)
        return _moved(own, self.blend, self._precision.take(picked), x, normal)


def _moved(
    own: Joint, blend: Blend, precision: Symmetric, x: Tensor, normal: Tensor
) -> tuple[Tensor, ...]:
    """x0, x1 (2, ...) of components, and z where normal numbers (3, 2, ...) are given for it.

    They blend into x; without noise in the path z is free.
    """
    x0, x1 = own.mean0 + own.cov0.root(normal[0]), own.mean1 + own.cov1.root(normal[1])
    missing = x - blend.at(x0, x1)
    if blend.noisy:
        missing = missing - blend.gamma * normal[2]
    pull = precision @ missing
    x0 = x0 + blend.alpha * (own.cov0 @ pull)
    x1 = x1 + blend.beta * (own.cov1 @ pull)
    return (x0, x1, *(z + blend.gamma * pull if blend.noisy else z for z in normal[2:]))
