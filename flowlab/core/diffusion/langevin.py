"""Langevin dynamics over the score of the data with a little noise: plain, noise-free, annealed.

    x' = x + eta s(x) / 2 + sqrt(eta) z,    s the score of x1 + sigma x0,

with a step size eta (Roberts and Tweedie 1996). Unadjusted, it leaves a Gaussian of variance v at v
/ (1 - eta / (4 v)). Annealed, sigma falls and eta with its square (Song and Ermon 2019,
arXiv:1907.05600, algorithm 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.steps import Steps

STEPS = 1000
STEP_SIZE = 0.01  # at one sigma
_ANNEALED = 0.2  # times the last sigma squared, as in the paper


def step_size_for(sigmas: Sequence[float]) -> float:
    """The step size that is taken at the last sigma where none is given."""
    return STEP_SIZE if len(sigmas) == 1 else _ANNEALED * sigmas[-1] ** 2


def langevin(
    denoiser: Denoiser,
    sigmas: Sequence[float],
    steps: int,
    step_size: float,
    noise: float = 1.0,
) -> Steps:
    """So many steps of Langevin dynamics, in equal shares at each of the sigmas in their order.

    `step_size` is eta at the last one, and its noise is multiplied by `noise`: without any, points
    climb to the modes.
    """
    sigma = _each(sigmas, steps)
    eta = step_size * (sigma / sigma[-1]) ** 2
    one = torch.ones_like(sigma)
    read = denoiser.read(one, sigma)
    score = ((read.noise - denoiser.mean) @ denoiser.precision) / -sigma
    maps = Affine.of(0 * one, one) + score * (eta / 2)
    spread = noise * eta.sqrt()[:, None, None] * torch.eye(2, dtype=torch.float64)
    return Steps([k / steps for k in range(steps + 1)], read, maps, spread)


def _each(sigmas: Sequence[float], steps: int) -> Tensor:
    """The sigma (steps,) of each step."""
    count = len(sigmas)
    at = [math.floor(k * count / steps) for k in range(steps)]
    at[-1] = count - 1
    return torch.tensor([sigmas[i] for i in at], dtype=torch.float64)
