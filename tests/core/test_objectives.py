"""The two published losses against each other and against autograd."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.objectives import LOSSES, quadratic, slope, squared_error


def test_quadratic_is_half_the_squared_error_less_the_power() -> None:
    v, displacement = torch.randn(2, 1000, 2, dtype=torch.float64)
    power = displacement.square().sum(1).mean()
    expected = 0.5 * (squared_error(v, displacement) - power)
    torch.testing.assert_close(quadratic(v, displacement), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_both_losses_have_the_one_gradient_used_in_training(name: str) -> None:
    v, displacement = torch.randn(2, 64, 2, dtype=torch.float64)
    v.requires_grad_()
    LOSSES[name](v, displacement).backward()
    torch.testing.assert_close(v.grad, slope(v.detach(), displacement))


@pytest.mark.parametrize("name", LOSSES)
def test_the_best_constant_is_the_mean_displacement(name: str) -> None:
    displacement = torch.randn(500, 2, dtype=torch.float64) + 3
    best = LOSSES[name](displacement.mean(0).expand(500, 2), displacement)
    for shift in torch.randn(10, 2, dtype=torch.float64):
        worse = (displacement.mean(0) + shift).expand(500, 2)
        assert LOSSES[name](worse, displacement) > best
