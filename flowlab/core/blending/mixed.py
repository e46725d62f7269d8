"""Deblending between Gaussian mixtures and clouds, by the closed form of the posterior.

Components i and j have blended into x with a probability that is a softmax over them; then the
pair is Gaussian, drawn by Matheron's rule: a draw without regard to x, moved by its regression.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.blending.faces import Dice, Drawn, Floats
from flowlab.core.distributions.categorical import by_weights
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.exact.symmetric import Symmetric

_CELLS = 1 << 16  # points times pairs of components at once, so that they stay in the cache
_KEPT = 1 << 18  # pairs of components, of all the alphas whose law is kept
_NARROW = 1e-9  # of the whole's square: of less variance, squares that are summed leave too little
_LEAST = -80.0  # a logarithm that is nothing beside 0, and whose power float32 can hold

_NOTES = {
    ("mixture", True): "exact, by the closed form between mixtures",
    ("empirical", True): "exact, by the weights of the points",
    ("empirical", False): "exact for the points, each widened to a Gaussian",
}

Sample = Callable[[int, Dice], Floats]


class MixtureDeblender:
    """Pairs of a mixture oracle's law, which may be that of points, or of points widened."""

    keeps = True  # an alpha so near 1 that only one pair is possible

    def __init__(self, oracle: MixtureOracle, ends: tuple[Sample, Sample]) -> None:
        self._oracle, self._ends = oracle, ends
        self._joint = oracle.joint
        self.note = _NOTES[oracle.facts.kind, oracle.facts.exact]
        if not oracle.facts.exact:
            self.note += f" of deviation {float(self._joint.cov0.xx.max()) ** 0.5:.3g}"
        self._at = lru_cache(max(2, _KEPT // oracle.components))(self._law)

    def sources(self, n: int, dice: Dice) -> Floats:
        """x0 (2, n) ~ p0."""
        return self._ends[0](n, dice)

    def targets(self, n: int, dice: Dice) -> Floats:
        """x1 (2, n) ~ p1."""
        return self._ends[1](n, dice)

    def draw(self, x: Floats, alpha: float, dice: Dice) -> Drawn:
        """One pair for each x (2, n)."""
        law = self._at(alpha)
        if law is None:  # components too narrow for the sums
            x0, x1 = self._oracle.pairs(x.T.copy(), alpha, 1, dice.torch)
            return Drawn(x0[:, 0].T.numpy(), x1[:, 0].T.numpy(), float(x.shape[1]))
        points = torch.from_numpy(np.ascontiguousarray(x))
        picked = law.picked(points, torch.from_numpy(dice.uniform(x.shape[1])))
        normal = torch.from_numpy(dice.numpy.standard_normal((2, *x.shape)))
        x0, x1 = law.moved(picked, points, normal)
        return Drawn(x0.numpy(), x1.numpy(), float(x.shape[1]))

    def _law(self, alpha: float) -> _Law | None:
        blend = Blend(self._joint, torch.tensor(alpha, dtype=torch.float64))
        narrow = float(blend.cov.least.min()) < _NARROW * self._joint.size**2
        return None if narrow else _Law(self._joint, blend)


class _Law:
    """What is known of the P pairs of components at one alpha."""

    def __init__(self, joint: Joint, blend: Blend) -> None:
        self._joint, self._blend = joint, blend
        mean = blend.at(joint.mean0, joint.mean1)
        self._centre = mean.mean(1, keepdim=True)
        mean = mean - self._centre
        s = self._precision = blend.cov.inverse()
        pull = s @ mean
        constant = joint.weights.log() - 0.5 * (blend.cov.det.log() + (mean * pull).sum(0))
        parts = [constant, pull[0], pull[1], -0.5 * s.xx, -s.xy, -0.5 * s.yy]
        self._logs = torch.stack([part.expand(mean.shape[1]) for part in parts])  # (6, P)

    def picked(self, x: Tensor, uniform: Tensor) -> Tensor:
        """A pair of components (n,) for each x (2, n), by uniform numbers (n,)."""
        u, v = x - self._centre
        features = torch.stack([torch.ones_like(u), u, v, u * u, u * v, v * v], 1)
        rows = max(1, _CELLS // self._logs.shape[1])
        parts = zip(torch.split(features, rows), torch.split(uniform, rows), strict=True)
        return torch.cat([self._softmax(*part) for part in parts])

    def _softmax(self, features: Tensor, uniform: Tensor) -> Tensor:
        logs = features @ self._logs
        shares = (logs - logs.amax(1, keepdim=True)).float().clamp_(min=_LEAST).exp_()
        return by_weights(shares, uniform[:, None])[:, 0]

    def moved(self, picked: Tensor, x: Tensor, normal: Tensor) -> tuple[Tensor, Tensor]:
        """x0 and x1 (2, n) of those components, from normal numbers (2, 2, n)."""
        own, blend = self._joint.take(picked), self._blend
        x0, x1 = own.mean0 + own.cov0.root(normal[0]), own.mean1 + own.cov1.root(normal[1])
        precision: Symmetric = self._precision.take(picked)
        pull = precision @ (x - blend.at(x0, x1))
        x0 = x0 + blend.alpha * (own.cov0 @ pull)
        return x0, x1 + blend.beta * (own.cov1 @ pull)
