"""A latent model on a line: log p = ELBO + KL, each part computed by itself."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from flowlab.core.diffusion.latent import LatentModel, latent_bound
from flowlab.core.document.limits import Invalid

MODELS = {"linear": LatentModel(1.3, 0.2, 0.5), "bent": LatentModel(1.3, 0.2, 0.5, 0.6)}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("q", [(0.3, 0.4), (-1.0, 0.05), (2.0, 2.0)])
def test_the_evidence_is_the_bound_and_the_divergence(
    model: LatentModel, q: tuple[float, float]
) -> None:
    found = latent_bound(model, 1.1, *q)
    assert found.log_evidence == pytest.approx(found.elbo + found.gap, abs=1e-9)
    assert found.gap > 0


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_each_part_is_scipy_s(model: LatentModel) -> None:
    """By adaptive quadrature of scipy's densities."""
    x, mean, sd = 1.1, 0.3, 0.4

    def integral(f: Callable[[float], float]) -> float:
        return float(integrate.quad(f, -9, 9, epsabs=1e-11, epsrel=1e-11, limit=200)[0])

    q, prior = stats.norm(mean, sd), stats.norm()

    def likelihood(z: float) -> float:
        return float(stats.norm.logpdf(x, model.decoded(z), model.deviation))

    evidence = integral(lambda z: prior.pdf(z) * np.exp(likelihood(z)))
    found = latent_bound(model, x, mean, sd)
    assert found.log_evidence == pytest.approx(math.log(evidence), abs=1e-8)
    assert found.reconstruction == pytest.approx(
        integral(lambda z: q.pdf(z) * likelihood(z)), abs=1e-8
    )
    assert found.rate == pytest.approx(
        integral(lambda z: q.pdf(z) * (q.logpdf(z) - prior.logpdf(z))), abs=1e-8
    )
    for density in (found.prior, found.posterior, found.q):
        assert np.trapezoid(density, found.z) == pytest.approx(1, abs=1e-9)


def test_the_posterior_itself_closes_the_gap_where_it_is_gaussian() -> None:
    for model in MODELS.values():
        first = latent_bound(model, 1.1, 0.0, 1.0)
        best = latent_bound(model, 1.1, first.posterior_mean, first.posterior_deviation)
        assert best.posterior_mean == first.posterior_mean
        if model.linear:
            assert best.gap == pytest.approx(0, abs=1e-12)
            np.testing.assert_allclose(best.q, best.posterior, atol=1e-12)
        else:
            assert best.gap > 0.01


def test_what_cannot_be_integrated_is_refused() -> None:
    with pytest.raises(Invalid, match="too narrow"):
        latent_bound(MODELS["bent"], 1.0, 0.0, 1e-4)
    with pytest.raises(Invalid, match="positive"):
        latent_bound(MODELS["bent"], 1.0, 0.0, 0.0)
    with pytest.raises(Invalid, match="positive deviation"):
        LatentModel(deviation=0.0)
