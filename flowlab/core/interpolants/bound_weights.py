"""Weights by which the squared error of a diffusion model sums up to its evidence bound.

In continuous time the bound costs 1/2 d(SNR)/dt |x1 - E[x1 | x]|^2 (Kingma, Salimans, Poole and Ho
2021, arXiv:2107.00630, equation 15), with SNR = beta^2 / alpha^2 on a path alpha x0 + beta x1: the
noise schedule changes nothing but how often a level is met. At a given x every prediction is an
affine function of the noise x0, so that each has a weight of its own for the same cost.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from flowlab.core.interpolants.parameterization import Parameterization

ENDS = 0.01  # of t, from where on weights stay: steps of a chain of 1,000 end about there


def bound_weight(to_learn: Parameterization, t: Tensor) -> Tensor:
    """The weight of |prediction - target|^2 at times t, of a path without latent noise.

    Of the noise (log SNR)' / 2, which is 1 / (t (1 - t)) on the linear path; there t / (1 - t) of
    the velocity and t / (1 - t)^3 of the denoised point. Held beyond `ENDS`, where it is infinite.
    """
    path, t = to_learn.path, t.clamp(ENDS, 1 - ENDS)
    alpha, beta = path.alpha(t), path.beta(t)
    of_noise = path.beta_dot(t) / beta - path.alpha_dot(t) / alpha
    return of_noise / _rate(to_learn, t).square()


def _rate(to_learn: Parameterization, t: Tensor) -> Tensor:
    """How a prediction at a given x changes with the noise: x1 = (x - alpha x0) / beta."""
    path = to_learn.path
    if to_learn.name == "velocity":
        p, q = path.alpha_dot(t), path.beta_dot(t)
    else:
        p, q = to_learn.p(t), to_learn.q(t)
    return p - q * path.alpha(t) / path.beta(t)


def bound_weighted(to_learn: Parameterization) -> Parameterization:
    """The same to learn, its error weighted as the bound does: see `bound_weight`."""
    return replace(to_learn, sqrt_weight=lambda t: bound_weight(to_learn, t).sqrt())
