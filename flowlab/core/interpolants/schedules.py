"""The schedules alpha(t), beta(t), gamma(t) of a path, for NumPy and torch alike.

Plots evaluate them in a process that never imports torch; training needs tensors. `xp` is either
module.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.monotone import MonotoneCubic
from flowlab.core.document.paths import Path

Function = Callable[[Any], Any]

_PI = math.pi


@dataclass(frozen=True)
class Curve:
    """A function of t and its derivative."""

    at: Function
    dot: Function

    def after(self, clock: Curve) -> Curve:
        """The composition f(tau(t)) with a clock tau, and its derivative f'(tau) tau'."""
        return Curve(
            lambda t: self.at(clock.at(t)),
            lambda t: self.dot(clock.at(t)) * clock.dot(t),
        )


@dataclass(frozen=True)
class Schedules:
    """alpha, beta and gamma; and gamma gamma', which is finite where gamma' is not."""

    alpha: Curve
    beta: Curve
    gamma: Curve
    gamma_gamma_dot: Function


_ZERO = Curve(lambda t: 0 * t, lambda t: 0 * t)
_ONE = Curve(lambda t: 0 * t + 1, lambda t: 0 * t)
_LINE = Curve(lambda t: t, lambda t: 0 * t + 1)


def schedules(path: Path, xp: ModuleType) -> Schedules:
    """The schedules of a document's path, for arrays of the module `xp` (numpy or torch)."""
    gamma, gamma_gamma_dot = _gamma(path, xp)
    alpha, beta = _ends(path, xp, gamma, gamma_gamma_dot)
    clock = _clock(path.clock)
    if clock is None:
        return Schedules(alpha, beta, gamma, gamma_gamma_dot)
    return Schedules(
        alpha.after(clock),
        beta.after(clock),
        gamma.after(clock),
        lambda t: gamma_gamma_dot(clock.at(t)) * clock.dot(t),
    )


def _gamma(path: Path, xp: ModuleType) -> tuple[Curve, Function]:
    """The latent noise gamma and gamma gamma'; arXiv:2303.08797, section 3."""
    if path.noise == "brownian":
        return _brownian(path.level, xp)
    k = path.level
    if path.noise == "quadratic":
        curve = Curve(lambda t: k * t * (1 - t), lambda t: k * (1 - 2 * t))
    elif path.noise == "sine":
        curve = Curve(
            lambda t: k * xp.sin(_PI * t) ** 2,
            lambda t: k * _PI * xp.sin(2 * _PI * t),
        )
    else:
        return _ZERO, _ZERO.at
    return curve, lambda t: curve.at(t) * curve.dot(t)


def _brownian(k: float, xp: ModuleType) -> tuple[Curve, Function]:
    """gamma = k sqrt(t (1 - t)), whose derivative is infinite at both ends."""

    def root(t: Any) -> Any:
        return k * xp.sqrt(t * (1 - t))

    def gamma_gamma_dot(t: Any) -> Any:
        return k * k * (0.5 - t)

    return Curve(
        root, lambda t: gamma_gamma_dot(t) / (k * xp.sqrt(_away_from_zero(t * (1 - t), xp)))
    ), gamma_gamma_dot


def _away_from_zero(square: Any, xp: ModuleType) -> Any:
    """A square bounded away from 0, so that the derivative of its root is finite.

    With a clock, 1 - t can be so small that it is rounded, and the root with it.
    """
    return square.clip(xp.finfo(square.dtype).eps / 8)


def _ends(
    path: Path, xp: ModuleType, gamma: Curve, gamma_gamma_dot: Function
) -> tuple[Curve, Curve]:
    """alpha and beta."""
    if path.kind == "trigonometric":
        return _trigonometric(path.noisy, xp, gamma, gamma_gamma_dot)
    if path.kind == "encoding":
        return _encoding(xp)
    if path.kind == "preserving":
        return _preserving(xp), _LINE
    if path.kind == "mirror":
        return _ZERO, _ONE
    if path.kind == "custom":
        alpha = MonotoneCubic(((0.0, 1.0), *path.alpha_knots, (1.0, 0.0)))
        beta = MonotoneCubic(((0.0, 0.0), *path.beta_knots, (1.0, 1.0)))
        return Curve(alpha.at, alpha.derivative), Curve(beta.at, beta.derivative)
    return Curve(lambda t: 1 - t, lambda t: 0 * t - 1), _LINE


def _preserving(xp: ModuleType) -> Curve:
    """alpha = sqrt(1 - t^2), the variance-preserving schedule for beta = t."""

    def root(t: Any) -> Any:
        return xp.sqrt(_away_from_zero(1 - t * t, xp))

    return Curve(root, lambda t: -t / root(t))


def _trigonometric(
    noisy: bool, xp: ModuleType, gamma: Curve, gamma_gamma_dot: Function
) -> tuple[Curve, Curve]:
    """alpha, beta = sqrt(1 - gamma^2) (cos, sin)(pi t / 2): alpha^2 + beta^2 + gamma^2 = 1."""
    cos = Curve(lambda t: xp.cos(_PI / 2 * t), lambda t: -_PI / 2 * xp.sin(_PI / 2 * t))
    sin = Curve(lambda t: xp.sin(_PI / 2 * t), lambda t: _PI / 2 * xp.cos(_PI / 2 * t))
    if not noisy:
        return cos, sin

    def root(t: Any) -> Any:
        return xp.sqrt(1 - gamma.at(t) ** 2)

    shrink = Curve(root, lambda t: -gamma_gamma_dot(t) / root(t))
    return _product(shrink, cos), _product(shrink, sin)


def _product(f: Curve, g: Curve) -> Curve:
    return Curve(lambda t: f.at(t) * g.at(t), lambda t: f.dot(t) * g.at(t) + f.at(t) * g.dot(t))


def _encoding(xp: ModuleType) -> tuple[Curve, Curve]:
    """cos^2(pi t): for t <= 1/2 it is alpha, for t > 1/2 beta; the other is 0."""

    def branch(early: bool) -> Curve:
        active: Function = (lambda t: t <= 0.5) if early else (lambda t: t > 0.5)
        return Curve(
            lambda t: xp.where(active(t), xp.cos(_PI * t) ** 2, 0 * t),
            lambda t: xp.where(active(t), -_PI * xp.sin(2 * _PI * t), 0 * t),
        )

    return branch(True), branch(False)


def _clock(kind: str) -> Curve | None:
    """The clock tau(t) from 0 to 1 at which a path is evaluated, or None for tau = t."""
    if kind == "early":
        return Curve(lambda t: t * (2 - t), lambda t: 2 * (1 - t))
    if kind == "late":
        return Curve(lambda t: t * t, lambda t: 2 * t)
    if kind == "smooth":
        return Curve(lambda t: t * t * (3 - 2 * t), lambda t: 6 * t * (1 - t))
    if kind == "ends":
        return Curve(
            lambda t: 0.25 + 0.5 * t + 2 * (t - 0.5) ** 3,
            lambda t: 0.5 + 6 * (t - 0.5) ** 2,
        )
    return None


def curves(path: Path, count: int = 121) -> tuple[Floats, Floats]:
    """Times (n,), and alpha, beta, gamma there (3, n), for a plot."""
    t = np.linspace(0.0, 1.0, count)
    schedule = schedules(path, np)
    return t, np.stack([schedule.alpha.at(t), schedule.beta.at(t), schedule.gamma.at(t)])
