"""The losses and their identities; what each is least for; antithetic pairs."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.learning.objectives import (
    LOSSES,
    antithetic_velocity_loss,
    denoiser_loss,
    gradient_scale,
    loss_gradient,
    noise_loss,
    quadratic,
    score_loss,
    squared_error,
    velocity_loss,
)


def test_quadratic_is_half_the_squared_error_less_the_power() -> None:
    v, displacement = torch.randn(2, 1000, 2, dtype=torch.float64)
    power = displacement.square().sum(1).mean()
    expected = 0.5 * (squared_error(v, displacement) - power)
    torch.testing.assert_close(quadratic(v, displacement), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_the_losses_have_the_same_gradient_up_to_a_factor(name: str) -> None:
    v, displacement = torch.randn(2, 64, 2, dtype=torch.float64)
    v.requires_grad_()
    LOSSES[name](v, displacement).backward()
    mean = loss_gradient(v.detach(), displacement)
    torch.testing.assert_close(v.grad, gradient_scale(name, len(v)) * mean)


@pytest.mark.parametrize("name", LOSSES)
def test_the_best_constant_is_the_mean_displacement(name: str) -> None:
    displacement = torch.randn(500, 2, dtype=torch.float64) + 3
    best = LOSSES[name](displacement.mean(0).expand(500, 2), displacement)
    for shift in (0.1, -0.1):
        worse = (displacement.mean(0) + shift).expand(500, 2)
        assert LOSSES[name](worse, displacement) > best


def _pairs(n: int = 20_000) -> tuple[torch.Tensor, ...]:
    """x1 ~ N(0, 4 I), z ~ N(0, I) and x = x1 + gamma z with gamma = 1/2, all exact by hand."""
    x1, z = torch.randn(2, n, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    gamma = torch.full((n, 1), 0.5, dtype=torch.float64)
    x1 = 2 * x1
    return x1, z, gamma, x1 + gamma * z


def test_each_named_loss_is_least_for_what_it_names() -> None:
    x1, z, gamma, x = _pairs()
    variance = 4 + 0.25
    exact = {
        "score": -x / variance,
        "noise": 0.5 * x / variance,
        "denoiser": 4 * x / variance,
    }
    losses = {
        "score": lambda f: score_loss(f, z, gamma),
        "noise": lambda f: noise_loss(f, z),
        "denoiser": lambda f: denoiser_loss(f, x1),
    }
    for name, best in exact.items():
        least = losses[name](best)
        for wrong in (1.05 * best, 0.95 * best, -best):
            assert losses[name](wrong) > least


def test_the_score_loss_is_the_noise_loss_of_minus_gamma_s() -> None:
    _, z, gamma, x = _pairs(100)
    torch.testing.assert_close(score_loss(x, z, gamma), noise_loss(-gamma * x, z))


def test_antithetic_pairs_leave_the_mean_of_the_loss_and_cancel_what_is_odd_in_z() -> None:
    x1, z, gamma, _ = _pairs()
    still, rate = x1, 0.3 * x1  # I and I'
    steep = 50.0  # gamma', near an end

    def b(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[:, 0].sin(), 0.1 * x.prod(1)], 1)

    sides = [b(still + s * gamma * z) for s in (1, -1)]
    paired = antithetic_velocity_loss(*sides, rate, steep * z)
    alone = 0.5 * sum(
        velocity_loss(f, rate + s * steep * z) for f, s in zip(sides, (1, -1), strict=True)
    )
    torch.testing.assert_close(paired, alone)
    # A constant field feels nothing of the jitter: it multiplies b(x+) - b(x-).
    flat = torch.ones_like(x1)
    torch.testing.assert_close(
        antithetic_velocity_loss(flat, flat, rate, steep * z), velocity_loss(flat, rate)
    )
