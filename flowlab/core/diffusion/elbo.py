"""The evidence lower bound of a DDPM, term by term, in nats.

-log p(x1) <= E[-log N(x1; mu(x_1), beta_1 I)] + KL(q(x_T | x1) || N(0, I))
              + sum_{k=2}^T E[KL(q(x_{k-1} | x_k, x1) || N(mu(x_k), s_k^2 I))]

Sohl-Dickstein et al. 2015 (arXiv:1503.03585); Ho, Jain and Abbeel 2020 (arXiv:2006.11239),
equation 5. The data x1 (their x_0) is measured in units in which the end of the
chain is N(0, I). Everything but the noise's squared errors is in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.elbo_results import Elbo
from flowlab.core.diffusion.settings import VARIANCES
from flowlab.core.document.arguments import name_of
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.solvers.ode import stop_if

PredictNoise = Callable[[Tensor, int], Tensor]  # (x_k (n, d), k from 1 to T) -> noise (n, d)

_PARTS = 20  # in which the terms are told
_FEWEST = 4  # points, for a standard error of each half


def elbo(
    predict: PredictNoise,
    chain: Chain,
    x1: Tensor,
    *,
    variance: str = "posterior",
    seed: int = 0,
    log_prob: Callable[[Tensor], Tensor] | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[Elbo], None] | None = None,
) -> Elbo:
    """The bound for a noise predictor over data x1 (n, d), with noise drawn from the seed.

    `variance` is one of `VARIANCES`, `log_prob` the log density (n,) of the data where it is known.
    `progress` is told the terms that are there so far. Raises `Invalid` for too few points or an
    unknown variance, and `Cancelled`.
    """
    check_points(x1)
    name_of(variance, VARIANCES, "reverse variance")
    rng = torch_rng(seed, Stream.BOUND_NOISE, device=x1.device)
    terms = matching_terms(predict, chain, x1, variance, rng)
    prior = prior_matching(chain, x1)
    return summed(terms, prior, minus_log(x1, log_prob), len(chain), cancelled, progress)


def matching_terms(
    predict: PredictNoise, chain: Chain, x1: Tensor, variance: str, rng: torch.Generator
) -> Iterator[Tensor]:
    """Each point's reconstruction and matching terms (b, n), of all steps from the first.

    The squared distance of the reverse mean from the posterior's is `mean_per_noise`^2 times the
    noise's squared error.
    """
    d = x1.shape[1]
    for steps, errors in noise_errors(predict, chain, x1, rng):
        distances = column(chain.mean_per_noise.square(), steps, errors) * errors
        posterior = column(chain.posterior_variance, steps, errors)
        s2 = reverse_variances(chain, steps, distances, variance, d)
        terms = gaussian_kl(posterior, s2, distances, d)
        if steps.start == 0:
            terms[0] = negative_log_normal(distances[0], chain.beta[0], d)
        yield terms


def noise_errors(
    predict: PredictNoise, chain: Chain, x1: Tensor, rng: torch.Generator
) -> Iterator[tuple[slice, Tensor]]:
    """Squared errors |eps(x_k, k) - z|^2 (b, n), float64, of all steps, and at which index."""

    def error(k: int) -> Tensor:
        z = normal(x1, rng)
        return (predict(chain.noised(x1, z, k), k) - z).double().square().sum(1)

    yield from in_parts(error, len(chain))


def normal(like: Tensor, rng: torch.Generator) -> Tensor:
    """Standard normal numbers of the shape, dtype and device of `like`."""
    return torch.randn(like.shape, dtype=like.dtype, device=like.device, generator=rng)


def in_parts(row: Callable[[int], Tensor], steps: int) -> Iterator[tuple[slice, Tensor]]:
    """What `row` gives for each step k from 1 to T, stacked, in at most `_PARTS` parts."""
    for ks in np.array_split(np.arange(1, steps + 1), min(_PARTS, steps)):
        with torch.no_grad():
            rows = torch.stack([row(int(k)) for k in ks])
        yield slice(int(ks[0]) - 1, int(ks[-1])), rows


def check_points(x1: Tensor) -> None:
    """Raise `Invalid` unless there are a few points (n, d)."""
    if x1.ndim != 2 or len(x1) < _FEWEST:
        raise Invalid(f"The bound needs at least {_FEWEST} points (n, d), not {tuple(x1.shape)}.")


def reverse_variances(
    chain: Chain, steps: slice, distances: Tensor, variance: str, d: int
) -> Tensor:
    """s_k^2 (b, n) or (b, 1) of some reverse steps, from the distances (b, n) of both means.

    The optimum is sigma-tilde^2 + E|mu-tilde - mu|^2 / d. With the exact noise that is
    sigma-tilde^2 + (sqrt(abar_{k-1}) beta_k / (1 - abar_k))^2 E[tr Var(x1 | x_k)] / d (Bao et al.
    2022, arXiv:2201.06503, theorem 1). Each half of the points takes it from the other half, as no
    bound may be fitted to the points that it is averaged over.
    """
    if variance == "beta":
        return column(chain.beta, steps, distances)
    posterior = column(chain.posterior_variance, steps, distances)
    if variance == "posterior":
        return posterior
    optimal = torch.empty_like(distances)
    optimal[:, ::2] = posterior + distances[:, 1::2].mean(1, keepdim=True) / d
    optimal[:, 1::2] = posterior + distances[:, ::2].mean(1, keepdim=True) / d
    return optimal


def best_variances(
    predict: PredictNoise,
    chain: Chain,
    x1: Tensor,
    *,
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> Tensor:
    """The optimal s_k^2 (T,), as in `reverse_variances`, from data x1 (n, d) and noise of its own.

    For a bound over other points. Raises `Cancelled`.
    """
    rng = torch_rng(seed, Stream.BOUND_VARIANCE, device=x1.device)
    means = []
    for _, errors in noise_errors(predict, chain, x1, rng):
        check_cancelled(cancelled)
        means.append(errors.mean(1))
    distance = chain.mean_per_noise.square() * torch.cat(means).cpu()
    return chain.posterior_variance + distance / x1.shape[1]


def gaussian_kl(variance: Tensor, s2: Tensor, distance: Tensor, d: int) -> Tensor:
    """KL(N(m, variance I) || N(mu, s2 I)) in d dimensions, for the squared distance |m - mu|^2."""
    ratio = variance / s2
    return d / 2 * (ratio - 1 - ratio.log()) + distance / (2 * s2)


def negative_log_normal(distance: Tensor, variance: Tensor, d: int) -> Tensor:
    """-log N(x; mu, variance I) in d dimensions, for the squared distance |x - mu|^2."""
    return d / 2 * (2 * torch.pi * variance).log() + distance / (2 * variance)


def prior_matching(chain: Chain, x1: Tensor) -> Tensor:
    """KL(q(x_T | x1) || N(0, I)) (n,) of each data point."""
    abar = chain.abar[-1].to(x1.device)
    return gaussian_kl(1 - abar, abar.new_ones(()), abar * _squared(x1), x1.shape[1])


def summed(
    terms: Iterator[Tensor],
    prior: Tensor,
    exact: Tensor | None,
    steps: int,
    cancelled: Callable[[], bool] | None,
    progress: Callable[[Elbo], None] | None,
) -> Elbo:
    """The bound from each point's terms, (b, n) a time from step 1, and (n,); see `elbo`."""
    total, means, deviations = prior, prior[:0], prior[:0]
    first = torch.zeros_like(prior)
    for part in terms:
        check_cancelled(cancelled)
        first = first if len(means) else part[0]
        total = total + part.sum(0)
        means = torch.cat([means, part.mean(1)])
        deviations = torch.cat([deviations, part.std(1)])
        if progress is not None and len(means) < steps:
            progress(_assembled(means, deviations, first, prior, total, exact, steps))
    found = _assembled(means, deviations, first, prior, total, exact, steps)
    if progress is not None:
        progress(found)
    return found


def check_cancelled(cancelled: Callable[[], bool] | None) -> None:
    """Raise `Cancelled` if nobody waits any more."""
    stop_if(cancelled)


def _assembled(
    means: Tensor,
    deviations: Tensor,
    first: Tensor,
    prior: Tensor,
    total: Tensor,
    exact: Tensor | None,
    steps: int,
) -> Elbo:
    """The bound from means and deviations (K,) of its terms; the first, prior and sum are (n,)."""
    n, (mean, deviation) = len(total), (v.cpu().numpy() for v in (means, deviations))
    error = deviation / math.sqrt(n)
    complete = len(mean) == steps
    return Elbo(
        reconstruction=Estimate(mean[0], error[0], n),
        prior=_mean(prior),
        step=np.arange(2, len(mean) + 1, dtype=np.float64),
        matching=mean[1:],
        error=error[1:],
        deviation=deviation[1:],
        matched=_mean(total - prior - first),
        total=_mean(total),
        total_deviation=float(total.std()),
        exact=None if exact is None else _mean(exact),
        gap=None if exact is None or not complete else _mean(total - exact),
        share=len(mean) / steps,
    )


def column(values: Tensor, steps: slice, like: Tensor) -> Tensor:
    """The values (b, 1) of some steps, for rows `like` (b, n)."""
    return values[steps, None].to(like)


def minus_log(x1: Tensor, log_prob: Callable[[Tensor], Tensor] | None) -> Tensor | None:
    """-log p (n,), float64, where it is known."""
    return None if log_prob is None else -log_prob(x1).double()


def _squared(x: Tensor) -> Tensor:
    return x.double().square().sum(1)


def _mean(values: Tensor) -> Estimate:
    return mean_estimate(values.cpu().numpy())
