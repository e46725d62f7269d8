"""Weights of the noise and of the denoised point: one number, term by term."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.elbo import gaussian_kl
from flowlab.core.diffusion.loss_weights import loss_weights, weighted_error
from flowlab.core.document.limits import Invalid

CHAIN = Chain.of_betas(torch.linspace(1e-3, 0.3, 12, dtype=torch.float64))


@pytest.mark.parametrize("s2", [None, CHAIN.beta])
def test_both_weighted_losses_are_the_step_s_cost_term_by_term(s2: torch.Tensor | None) -> None:
    x1, z, wrong = torch.randn(3, 40, 2, dtype=torch.float64)
    variance = torch.cat([CHAIN.beta[:1], (CHAIN.posterior_variance if s2 is None else s2)[1:]])
    per_noise, per_data = (loss_weights(CHAIN, name, s2) for name in ("noise", "data"))
    for k in range(1, 13):
        x = CHAIN.noised(x1, z, k)
        predicted = z + wrong
        noise = weighted_error(predicted, z, per_noise[k - 1])
        data = weighted_error(CHAIN.denoised(x, predicted, k), x1, per_data[k - 1])
        torch.testing.assert_close(noise, data)
        apart = CHAIN.reverse_mean(x, predicted, k) - CHAIN.posterior_mean(x, x1, k)
        s2_k = variance[k - 1]
        cost = gaussian_kl(s2_k, s2_k, apart.square().sum(1), 2).mean()
        torch.testing.assert_close(noise, cost)


def test_none_is_one_and_other_names_are_refused() -> None:
    assert bool((loss_weights(CHAIN, "none") == 1).all())
    with pytest.raises(Invalid, match="no loss weighting"):
        loss_weights(CHAIN, "eps")
