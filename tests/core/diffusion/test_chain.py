"""The chain's coefficients, against Bayes' rule and against each other."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.diffusion.chain import Chain
from flowlab.core.document.limits import Invalid

BETAS = torch.linspace(1e-3, 0.3, 12, dtype=torch.float64)
CHAIN = Chain.of_betas(BETAS)


def test_betas_come_back_from_abar() -> None:
    torch.testing.assert_close(CHAIN.beta, BETAS)
    torch.testing.assert_close(Chain(CHAIN.abar).alpha, 1 - BETAS)
    assert len(CHAIN) == 12
    assert CHAIN.posterior_variance[0] == 0


@pytest.mark.parametrize("k", [2, 7, 12])
def test_the_posterior_is_that_of_bayes(k: int) -> None:
    """q(x_{k-1} | x_k, x1) by conditioning the joint Gaussian of (x_{k-1}, x_k) given x1."""
    beta, before = BETAS[k - 1], CHAIN.abar[k - 2]
    x1, x = torch.tensor([[1.7, -0.4]]).double(), torch.tensor([[0.3, 0.9]]).double()
    variance, forward = 1 - before, (1 - beta).sqrt()
    gain = variance * forward / (forward**2 * variance + beta)
    mean = before.sqrt() * x1
    expected = mean + gain * (x - forward * mean)
    torch.testing.assert_close(CHAIN.posterior_mean(x, x1, k), expected)
    torch.testing.assert_close(CHAIN.posterior_variance[k - 1], variance * (1 - gain * forward))


@pytest.mark.parametrize("k", [1, 5, 12])
def test_the_mean_in_the_noise_is_the_mean_in_the_data(k: int) -> None:
    x1, z = torch.randn(2, 50, 2, dtype=torch.float64)
    x = CHAIN.noised(x1, z, k)
    torch.testing.assert_close(CHAIN.denoised(x, z, k), x1)
    mean = CHAIN.reverse_mean(x, z, k)
    torch.testing.assert_close(mean, CHAIN.posterior_mean(x, x1, k))
    step = torch.tensor([0.5, -2.0]).double()
    moved = CHAIN.reverse_mean(x, z + step, k) - mean
    torch.testing.assert_close(moved, (-CHAIN.mean_per_noise[k - 1] * step).expand(50, 2))
    moved = CHAIN.posterior_mean(x, x1 + step, k) - mean
    torch.testing.assert_close(moved, (CHAIN.mean_per_data[k - 1] * step).expand(50, 2))


def test_single_steps_and_the_jump_are_one_law() -> None:
    """Mean and variance of ten single steps, carried by hand."""
    scale, variance = torch.ones(()).double(), torch.zeros(()).double()
    for beta in BETAS[:10]:
        scale, variance = (1 - beta).sqrt() * scale, (1 - beta) * variance + beta
    one, zero = torch.ones(1, 1).double(), torch.zeros(1, 1).double()
    torch.testing.assert_close(CHAIN.noised(one, zero, 10)[0, 0], scale)
    torch.testing.assert_close(CHAIN.noised(zero, one, 10)[0, 0].square(), variance)
    kept = CHAIN.noised(CHAIN.noised(one, zero, 4), zero, 10, 4)
    torch.testing.assert_close(kept[0, 0], scale)


@pytest.mark.parametrize("abar", [[], [1.0, 0.5], [0.5, 0.5], [0.5, 0.6], [0.5, 0.0], [[0.5]]])
def test_what_is_no_chain_is_refused(abar: list[float]) -> None:
    with pytest.raises(Invalid, match="abar must"):
        Chain(torch.tensor(abar))
