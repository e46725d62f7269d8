"""The bound of a document's field, also from noise that is neither centred nor round."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.bounded_model import BoundedModel
from flowlab.core.diffusion.denoiser import Affinity, denoiser_of
from flowlab.core.diffusion.elbo import elbo
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.exact import oracle_for

SOURCE = Gaussian(std_x=1.5, std_y=0.7, correlation=0.4, offset_x=0.8, offset_y=-0.5)
TARGET = Mixture(
    means=((1.2, 0.0), (-1.0, 0.8)), covs=((0.2, 0.1, 0.3), (0.3, 0.0, 0.2)), weights=(2.0, 1.0)
)
LEVELS = levels_of(T=300)


def model(target: Gaussian | Mixture, data: Affinity | None = None) -> BoundedModel:
    document = Document(source=SOURCE, target=target)
    oracle = oracle_for(document)
    assert oracle is not None
    return BoundedModel(denoiser_of(oracle, document, data), LEVELS)


def test_the_noise_of_a_gaussian_is_known() -> None:
    """E[z | y] = b S^-1 (y - a mean), S = a^2 Cov(y1) + b^2 I."""
    target = Gaussian(std_x=0.6, std_y=1.1, correlation=-0.3, offset_x=-1.0)
    bounded = model(target)
    x1 = build(target).sample(100_000, torch.Generator().manual_seed(1)).double()
    y1 = bounded.data(x1)
    torch.testing.assert_close(y1 @ bounded.denoiser.root, x1)
    cov0 = bounded.denoiser.source.cov
    values, axes = np.linalg.eigh(cov0.numpy())
    inverse = torch.from_numpy(axes @ np.diag(values**-0.5) @ axes.T)
    mixture = build(target).mixture()
    assert mixture is not None
    cov, mean = inverse @ mixture.covs[0] @ inverse, inverse @ mixture.means[0]
    y = torch.randn(20, 2, dtype=torch.float64)
    for k in (1, 40, 300):
        abar = bounded.chain.abar[k - 1]
        total = abar * cov + (1 - abar) * torch.eye(2, dtype=torch.float64)
        expected = (1 - abar).sqrt() * torch.linalg.solve(total, (y - abar.sqrt() * mean).T).T
        torch.testing.assert_close(bounded(y, k), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("data", [None, Affinity(torch.tensor([0.3, -0.2]).double(), 1.7)])
def test_the_gap_of_a_mixture_is_small(data: Affinity | None) -> None:
    """The noise starts where the chain ends, so that the bound is close to -log p, never below."""
    bounded, target = model(TARGET, data), build(TARGET)
    x1 = target.sample(1000, torch.Generator().manual_seed(2))
    y1 = bounded.data(x1)
    log_prob = bounded.log_prob(target.log_prob)
    grid = torch.cartesian_prod(*[torch.arange(-7, 7, 0.1, dtype=torch.float64)] * 2)
    assert float(log_prob(grid).exp().sum()) * 0.1**2 == pytest.approx(1, abs=1e-3)
    found = elbo(bounded, bounded.chain, y1, variance="optimal", log_prob=log_prob)
    assert found.gap is not None
    assert -4 * found.gap.error < found.gap < 0.2 + 4 * found.gap.error
    assert found.gap.error < 0.06


def test_other_levels_are_refused() -> None:
    denoiser = model(TARGET).denoiser
    for levels in (levels_of("ve", T=20), LEVELS.visited(30)):
        with pytest.raises(Invalid, match="variance preserving"):
            BoundedModel(denoiser, levels)
