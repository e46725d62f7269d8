"""The bound of a DDPM: against closed forms, the exact likelihood, and its other form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.elbo import (
    Elbo,
    PredictNoise,
    elbo,
    noise_errors,
    reverse_variances,
)
from flowlab.core.diffusion.elbo_first_form import elbo_first_form
from flowlab.core.diffusion.settings import VARIANCES
from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.ode import Cancelled

VARIANCE = 0.25  # of the data of the short chain
SHORT = Chain.of_betas(torch.linspace(0.02, 0.4, 15, dtype=torch.float64))
LONG = {t: Chain.of_betas(torch.linspace(1e-4, 0.02, t, dtype=torch.float64)) for t in (300, 1000)}


def exact_noise(chain: Chain, variance: float, x: Tensor, k: int) -> Tensor:
    """E[z | x_k] for data N(0, variance I)."""
    abar = chain.abar[k - 1]
    return (1 - abar).sqrt() * x / (abar * variance + 1 - abar)


def log_prob(x: Tensor, variance: float = 1.0) -> Tensor:
    return -x.square().sum(1) / (2 * variance) - math.log(2 * math.pi * variance)


def data(n: int, variance: float = 1.0) -> Tensor:
    rng = torch.Generator().manual_seed(3)
    return math.sqrt(variance) * torch.randn(n, 2, dtype=torch.float64, generator=rng)


def expected_gap(chain: Chain, variance: str) -> float:
    """Of N(0, I) with the exact noise, in nats a dimension: KL of all x_k forwards from backwards.

    Forwards they are Gaussian with the covariances sqrt(abar_j / abar_i). Backwards, x_T is N(0, 1)
    and x_{k-1} = sqrt(alpha_k) x_k + s_k n.
    """
    one, size = torch.ones(1).double(), len(chain) + 1
    logs = torch.cat([one, chain.abar]).log()
    forward = (-0.5 * (logs[:, None] - logs).abs()).exp()
    spread = chain.mean_per_data.square() * (1 - chain.abar)  # of x1 given x_k, in the mean
    s2 = {
        "posterior": chain.posterior_variance,
        "beta": chain.beta,
        "optimal": chain.posterior_variance + spread,
    }[variance]
    s2 = torch.cat([chain.beta[:1], s2[1:], one])
    back = torch.eye(size).double() - torch.diag(chain.alpha.sqrt(), 1)
    precision = back.T @ torch.diag(1 / s2) @ back
    entropy = chain.beta.log().sum()  # log det of the covariance forwards
    kl = (precision * forward).sum() - size + s2.log().sum() - entropy
    return float(kl) / 2


@pytest.mark.parametrize(("steps", "gap"), [(1000, 0.465), (300, 0.7405)])
def test_the_gap_of_a_normal_distribution(steps: int, gap: float) -> None:
    assert expected_gap(LONG[steps], "posterior") == pytest.approx(gap, abs=5e-4)
    for variance in ("beta", "optimal"):
        assert abs(expected_gap(LONG[steps], variance)) < 1e-3


@pytest.mark.parametrize("variance", VARIANCES)
def test_the_gap_is_measured(variance: str) -> None:
    chain, n = LONG[300], 500
    found = elbo(
        lambda x, k: exact_noise(chain, 1.0, x, k),
        chain,
        data(n),
        variance=variance,
        log_prob=log_prob,
    )
    assert found.gap is not None
    assert found.exact is not None
    assert abs(found.gap / 2 - expected_gap(chain, variance)) < 4 * found.gap.error / 2
    assert found.gap > -4 * found.gap.error
    assert found.gap == pytest.approx(found.total - found.exact)
    terms = found.reconstruction + found.prior + found.matching.sum()
    assert found.total == pytest.approx(terms)
    np.testing.assert_array_equal(found.step, np.arange(2, 301))


def bent(x: Tensor, k: int) -> Tensor:
    """A noise predictor that is not the exact one."""
    return exact_noise(SHORT, VARIANCE, x, k) + 0.2 * torch.sin(3 * x)


def test_a_worse_predictor_has_a_larger_gap_and_the_optimum_the_smallest() -> None:
    x1 = data(20_000, VARIANCE)
    gaps = {}
    for variance in VARIANCES:
        worse = elbo(bent, SHORT, x1, variance=variance, log_prob=lambda x: log_prob(x, VARIANCE))
        right = elbo(lambda x, k: exact_noise(SHORT, VARIANCE, x, k), SHORT, x1, variance=variance)
        assert worse.total > right.total
        assert worse.gap is not None
        gaps[variance] = worse.gap
    assert 0 < gaps["optimal"] < min(gaps["posterior"], gaps["beta"])


def test_the_optimal_variance_is_that_of_the_data_given_the_noised_point() -> None:
    """sigma-tilde^2 + (sqrt(abar_{k-1}) beta_k / (1 - abar_k))^2 Var(x1 | x_k)."""
    x1, rng = data(40_000, VARIANCE), torch.Generator().manual_seed(1)
    predict = lambda x, k: exact_noise(SHORT, VARIANCE, x, k)  # noqa: E731
    errors = torch.cat([part for _, part in noise_errors(predict, SHORT, x1, rng)])
    distances = SHORT.mean_per_noise.square()[:, None] * errors
    found = reverse_variances(SHORT, slice(0, 15), distances, "optimal", 2)
    abar = SHORT.abar
    left = VARIANCE * (1 - abar) / (abar * VARIANCE + 1 - abar)
    expected = SHORT.posterior_variance + SHORT.mean_per_data.square() * left
    torch.testing.assert_close(found.mean(1), expected, rtol=0.03, atol=0)
    assert not torch.equal(found[:, 0], found[:, 1])  # each half takes the other's
    torch.testing.assert_close(
        found[:, 0] - SHORT.posterior_variance, distances[:, 1::2].mean(1) / 2
    )


@pytest.mark.parametrize("predict", [bent, lambda x, k: exact_noise(SHORT, VARIANCE, x, k)])
def test_both_forms_have_one_mean_and_two_spreads(predict: PredictNoise) -> None:
    x1 = data(40_000, VARIANCE)
    first = elbo_first_form(predict, SHORT, x1, SHORT.beta)
    second = elbo(predict, SHORT, x1, variance="beta")
    both = math.hypot(first.total.error, second.total.error)
    assert abs(first.total - second.total) < 4 * both
    assert both < 0.03
    assert first.total_deviation > 1.5 * second.total_deviation
    assert first.deviation[-5:].min() > second.deviation[-5:].max()


def test_terms_are_told_as_they_come() -> None:
    told: list[Elbo] = []
    predict = lambda x, k: exact_noise(SHORT, 1.0, x, k)  # noqa: E731
    whole = elbo(predict, SHORT, data(50), log_prob=log_prob, progress=told.append)
    assert [part.share for part in told] == pytest.approx((np.arange(15) + 1) / 15)
    assert told[3].gap is None
    for part in told:
        np.testing.assert_allclose(part.matching, whole.matching[: len(part.matching)])
    again = elbo(predict, SHORT, data(50), log_prob=log_prob)
    assert (again.total, again.gap) == (whole.total, whole.gap)
    assert elbo(predict, SHORT, data(50), seed=1).total != whole.total
    told.clear()
    elbo_first_form(predict, SHORT, data(50), SHORT.beta, log_prob=log_prob, progress=told.append)
    assert len(told) == 15
    with pytest.raises(Cancelled):
        elbo(predict, SHORT, data(50), cancelled=lambda: True)
    with pytest.raises(Cancelled):
        elbo_first_form(predict, SHORT, data(50), SHORT.beta, cancelled=lambda: True)


def test_what_cannot_be_bounded_is_refused() -> None:
    with pytest.raises(Invalid, match="at least 4 points"):
        elbo(bent, SHORT, data(3))
    with pytest.raises(Invalid, match="no reverse variance"):
        elbo(bent, SHORT, data(9), variance="none")
    with pytest.raises(Invalid, match="positive variance"):
        elbo_first_form(bent, SHORT, data(9), SHORT.posterior_variance[1:])
