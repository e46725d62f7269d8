"""Guidance: the field of one class, and beyond it, from two fields or from a classifier.

Classifier-free (Ho and Salimans 2022, arXiv:2207.12598), with gamma = w + 1,

    s = gamma s(x | y) + (1 - gamma) s(x),

and by a classifier of noisy points (Dhariwal and Nichol 2021, arXiv:2105.05233),

    s = s(x) + gamma grad log p(y | x).

Noise, denoised point, score and velocity are affine in one another, with the same coefficients for
every class, and gamma + (1 - gamma) = 1: so velocities are guided, and all else is with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from flowlab.core.document.classes import NO_CLASS
from flowlab.core.exact import Oracle
from flowlab.core.interpolants.parameterization import Normal
from flowlab.core.interpolants.paths import Interpolant
from flowlab.core.learning.field import Condition, LearnedVelocity
from flowlab.core.solvers.field import Field

ALWAYS = (0.0, 1.0)
_LEAST = 1e-9  # of beta, which a gradient is divided by


@dataclass(frozen=True)
class Strength:
    """How strong guidance is at each time of a field's path."""

    gamma: float
    between: tuple[float, float] = ALWAYS  # elsewhere gamma is 1

    def at(self, t: float | Tensor) -> float | Tensor:
        """gamma at t, a number, or (n, 1) at (n,): 1, a class as it is, without guidance."""
        if self.constant is not None:
            return self.constant
        low, high = self.between
        if isinstance(t, Tensor) and t.numel() > 1:
            return torch.where((low <= t) & (t <= high), self.gamma, 1.0)[:, None]
        return self.gamma if low <= t <= high else 1.0

    @property
    def constant(self) -> float | None:
        """gamma, where it is the same at all times."""
        return self.gamma if self.between == ALWAYS or self.gamma == 1.0 else None

    def fields(self, t: float) -> int:
        """How many fields are asked at t: one is enough at gamma 0 and 1."""
        return 1 if self.at(t) in (0.0, 1.0) else 2


class Parts(NamedTuple):
    """What a guided velocity is made of, each (n, 2)."""

    guided: Tensor
    conditional: Tensor  # of the class
    unconditional: Tensor  # of all classes


def mixed(gamma: float | Tensor, conditional: Tensor, unconditional: Tensor) -> Tensor:
    """gamma v(x | y) + (1 - gamma) v(x): in this form the same bits as either at 1 and at 0."""
    return gamma * conditional + (1 - gamma) * unconditional


def _is(gamma: float | Tensor, value: float) -> bool:
    """True for one number that is this one; several are mixed in any case."""
    return not isinstance(gamma, Tensor) and gamma == value


@dataclass(frozen=True, eq=False)
class GuidedVelocity:
    """Classifier-free guidance by the fields of a class and of all; only what counts is asked."""

    conditional: Field
    unconditional: Field
    strength: Strength

    @property
    def oracle(self) -> Oracle | None:
        """That of all classes, where it is known exactly."""
        oracle: Oracle | None = getattr(self.unconditional, "oracle", None)
        return oracle

    def evaluations_at(self, t: float) -> int:
        """Of fields, for a velocity at t."""
        return self.strength.fields(t)

    @property
    def edge(self) -> float:
        """How far t is kept from 0 and 1."""
        return max(getattr(each, "edge", 0.0) for each in (self.conditional, self.unconditional))

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        gamma = self.strength.at(t)
        if _is(gamma, 1.0):
            return self.conditional.velocity(x, t)
        if _is(gamma, 0.0):
            return self.unconditional.velocity(x, t)
        return mixed(gamma, self.conditional.velocity(x, t), self.unconditional.velocity(x, t))

    def parts(self, x: Tensor, t: float | Tensor) -> Parts:
        """The velocity, and what it is made of."""
        one, every = self.conditional.velocity(x, t), self.unconditional.velocity(x, t)
        return Parts(mixed(self.strength.at(t), one, every), one, every)


@dataclass(frozen=True, eq=False)
class GuidedNetwork:
    """Classifier-free guidance by one network, trained with label dropout."""

    network: LearnedVelocity
    condition: Condition  # the class of all points, or of each (n,)
    strength: Strength

    def evaluations_at(self, t: float) -> int:
        """Of the network, for a velocity at t."""
        return self.strength.fields(t)

    @property
    def edge(self) -> float:
        """How far t is kept from 0 and 1."""
        return self.network.edge

    @property
    def device(self) -> torch.device:
        """The device that evaluates it."""
        return self.network.device

    def velocity(self, x: Tensor, t: float | Tensor, condition: Condition | None = None) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); of classes (n,) where given."""
        gamma, told = self.strength.at(t), self.condition if condition is None else condition
        if _is(gamma, 1.0):
            return self.network.velocity(x, t, told)
        every = self.network.velocity(x, t, NO_CLASS)
        return every if _is(gamma, 0.0) else mixed(gamma, self.network.velocity(x, t, told), every)

    def parts(self, x: Tensor, t: float | Tensor) -> Parts:
        """The velocity, and what it is made of."""
        one, every = (self.network.velocity(x, t, c) for c in (self.condition, NO_CLASS))
        return Parts(mixed(self.strength.at(t), one, every), one, every)


class Classifier(Protocol):
    """p(y | x_t) of noisy points along a path."""

    def gradient(self, x: Tensor, t: float | Tensor, label: int) -> Tensor:
        """grad log p(y | x_t = x), (n, 2), at x (n, 2) and t, a number or (n,)."""


@dataclass(frozen=True, eq=False)
class ClassifierGuidance:
    """Guidance by a classifier: its gradient is added to the score of all classes.

    On a path alpha x0 + beta x1 with x0 ~ N(m, C), a score that is larger by g makes a velocity
    larger by alpha (alpha beta' - alpha' beta) / beta C g.
    """

    unconditional: Field
    classifier: Classifier
    label: int
    strength: Strength
    path: Interpolant
    source: Normal

    def evaluations_at(self, t: float) -> int:
        """Of the field and of the classifier, for a velocity at t."""
        return 1 if self.strength.at(t) == 0.0 else 2

    @property
    def edge(self) -> float:
        """How far t is kept from 0 and 1."""
        edge: float = getattr(self.unconditional, "edge", 0.0)
        return edge

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        every, gamma = self.unconditional.velocity(x, t), self.strength.at(t)
        return every if _is(gamma, 0.0) else every + gamma * self._pull(x, t).to(every)

    def parts(self, x: Tensor, t: float | Tensor) -> Parts:
        """The velocity, and what it is made of: that of the class with gamma 1."""
        every, pull = self.unconditional.velocity(x, t), self._pull(x, t)
        pull = pull.to(every)
        return Parts(every + self.strength.at(t) * pull, every + pull, every)

    def _pull(self, x: Tensor, t: float | Tensor) -> Tensor:
        s, path = torch.as_tensor(t, dtype=torch.float64).reshape(-1, 1), self.path
        alpha, beta = path.alpha(s), path.beta(s)
        w = alpha * path.beta_dot(s) - path.alpha_dot(s) * beta
        factor = (alpha * w / beta.clamp_min(_LEAST)).to(x)
        return factor * self.classifier.gradient(x, t, self.label) @ self.source.cov.to(x)


Guided = GuidedVelocity | GuidedNetwork | ClassifierGuidance
