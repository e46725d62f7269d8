"""Parameterizations: a network learns E[Y | x_t] for some Y = p(t) x0 + q(t) x1 + r(t) z.

Albergo, Boffi and Vanden-Eijnden 2023 (stochastic interpolants, arXiv:2303.08797): Y = dx_t/dt
gives the velocity, Y = x1 the denoiser, Y = z the noise and, by Robbins' and Tweedie's formula, Y =
-z / gamma the score. Without latent noise a Gaussian source plays the role of z, and noise and
score follow from E[x0 | x_t]. A network may also learn two of them at once, velocity and noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowlab.core.document.network import BETWEEN_WALLS
from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.interpolants.paths import LINEAR, Interpolant, Schedule

EDGE = 1e-4  # distance of t from 0 and 1 where a schedule or the target is infinite there
_MIN_NOISE = 1e-6  # of the gamma that a target is divided by: rounding could make it 0


@dataclass(frozen=True, eq=False)
class Normal:
    """A Gaussian N(mean, cov): mean (2,), cov (2, 2), float64 on the CPU."""

    mean: Tensor
    cov: Tensor


@dataclass(frozen=True, eq=False)
class Parameterization:
    """What a network predicts, and how its squared error is weighted.

    If `clipped`, t stays `EDGE` away from 0 and 1, where gamma', 1 / gamma or 1 / alpha is infinite
    and so is the target's mean square.
    """

    name: str  # of Y, one of document.PREDICTIONS
    path: Interpolant
    p: Schedule
    q: Schedule
    r: Schedule
    sqrt_weight: Schedule | None = None  # square root of the squared error's weight; None for 1
    clipped: bool = False
    with_noise: bool = False  # True if E[z | x_t] is learned beside E[Y | x_t]
    walls: WallNoise | None = None  # of sigma times the score between walls, which is no flow's

    @property
    def outputs(self) -> int:
        """How many numbers the network predicts at a point."""
        return 4 if self.with_noise else 2

    @property
    def is_linear_velocity(self) -> bool:
        """True if it is the velocity of the linear path."""
        return self.name == "velocity" and self.path is LINEAR

    def target(self, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """Y (n, 2) of pairs x0, x1 (n, 2) at t (n,), and z (n, 2) beside it if that is learned.

        z (n, 2) must be given if the path is noisy.
        """
        if self.name == "velocity":
            velocity = self.path.velocity(x0, x1, t, z)
            return torch.cat([velocity, z], 1) if self.with_noise and z is not None else velocity
        s = t[:, None]
        y = self.p(s) * x0 + self.q(s) * x1
        return y if z is None else y + self.r(s) * z

    def times(self, t: Tensor) -> Tensor:
        """Times t in [0, 1], moved into [EDGE, 1 - EDGE] if the target is infinite at an end."""
        return EDGE + (1 - 2 * EDGE) * t if self.clipped else t


def velocity_parameterization(path: Interpolant) -> Parameterization:
    """The velocity b(x, t) = E[I' + gamma' z | x_t = x] of a path."""
    return Parameterization(
        "velocity", path, path.alpha_dot, path.beta_dot, path.gamma_dot, clipped=path.steep
    )


def noise_parameterization(path: Interpolant) -> Parameterization:
    """The latent noise E[z | x_t = x] of a path."""
    zero = torch.zeros_like
    return Parameterization("noise", path, zero, zero, torch.ones_like, clipped=path.steep)


LINEAR_VELOCITY = velocity_parameterization(LINEAR)


def between_walls(walls: WallNoise) -> Parameterization:
    """Sigma times the score between walls: there is no path, and pairs don't say what it is."""
    zero = torch.zeros_like
    return Parameterization(BETWEEN_WALLS, LINEAR, zero, zero, zero, walls=walls)


def make_parameterization(predicts: str, path: Interpolant) -> Parameterization:
    """The parameterization named `predicts` along a path.

    The squared error of a score is weighted by gamma^2 (by alpha^2 if the noise is the source's),
    as is usual: the unweighted mean of |s + z / gamma|^2 is infinite.
    """
    zero, one = torch.zeros_like, torch.ones_like
    if predicts == "velocity":
        return velocity_parameterization(path)
    if predicts == "velocity_and_noise":
        return replace(velocity_parameterization(path), with_noise=True)
    if predicts == "denoiser":
        return Parameterization(predicts, path, zero, one, zero, clipped=path.steep)
    noise = path.gamma if path.noisy else path.alpha
    slot = "r" if path.noisy else "p"
    if predicts == "noise":
        return _noise_target(slot, predicts, path, one, None, path.steep)

    def score(t: Tensor) -> Tensor:
        return -1 / noise(t).clamp_min(_MIN_NOISE)

    return _noise_target(slot, predicts, path, score, noise, True)


def _noise_target(
    slot: str,
    name: str,
    path: Interpolant,
    f: Schedule,
    sqrt_weight: Schedule | None,
    clipped: bool,
) -> Parameterization:
    """The target f(t) z, or f(t) x0 where the source is the noise."""
    zero = torch.zeros_like
    p, r = (f, zero) if slot == "p" else (zero, f)
    return Parameterization(name, path, p, zero, r, sqrt_weight, clipped)
