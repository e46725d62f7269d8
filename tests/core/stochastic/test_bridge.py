"""The Schrödinger bridge between Gaussians, with its plan in closed form: an SDE keeps the plan.

Entropic transport of N(0, 1) to N(0, s^2) with regularisation 2 sigma^2 has the covariance
sqrt(s^2 + sigma^4 / 4) - sigma^2 / 2 (Janati et al. 2020, arXiv:2006.02572). Along the interpolant
with gamma = sigma sqrt(t (1 - t)) the SDE at eps = sigma^2 / 2 is the bridge, and joins X0 to X1 as
that plan does; other levels have the same marginals and another plan.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flowlab.core.interpolants.paths import LINEAR
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.sde import integrate_sde
from flowlab.core.stochastic.drift import ScoreDrift
from flowlab.core.stochastic.noise import noise_of

SIGMA, SPREAD = 1.0, 2.0
PLAN = math.sqrt(SPREAD**2 + SIGMA**4 / 4) - SIGMA**2 / 2


def variance(t: float) -> float:
    """Of x_t = (1 - t) x0 + t x1 + gamma z."""
    ends = (1 - t) ** 2 + SPREAD**2 * t**2 + 2 * t * (1 - t) * PLAN
    return ends + SIGMA**2 * t * (1 - t)


def velocity(x: Tensor, t: float) -> Tensor:
    """E[dx_t/dt | x_t = x], half the growth of the variance over the variance."""
    growth = -2 * (1 - t) + 2 * SPREAD**2 * t + 2 * (1 - 2 * t) * PLAN + SIGMA**2 * (1 - 2 * t)
    return growth / 2 / variance(t) * x


def score(x: Tensor, t: float) -> Tensor:
    return -x / variance(t)


def ends(eps: float, n: int = 20_000, steps: int = 40) -> tuple[Tensor, Tensor]:
    """X0 and X1 (n, 2) of the SDE at a constant level."""
    noise = noise_of(eps, "constant", LINEAR)
    drift = ScoreDrift(velocity, score, noise, (0.0, 1.0), 1)
    x0 = torch.randn(n, 2, generator=torch.Generator().manual_seed(0))
    x0 = (x0 - x0.mean(0)) / x0.std(0)
    dw = brownian_increments(n, steps, 0)
    run = integrate_sde(drift, noise, x0, dw, method="stochastic_heun", chunk=n)
    return x0, run.points[-1]


@pytest.mark.parametrize(("eps", "expected"), [(SIGMA**2 / 2, 1.5616), (SIGMA**2, 1.219)])
def test_only_at_half_sigma_squared_the_sde_keeps_the_plan(eps: float, expected: float) -> None:
    x0, x1 = ends(eps)
    assert float((x0 * x1).mean()) == pytest.approx(expected, rel=0.01)
    assert float(x1.square().mean()) == pytest.approx(SPREAD**2, rel=0.02)  # at any level
    assert pytest.approx(1.5616, abs=5e-5) == PLAN
