"""The evidence lower bound of a DDPM, term by term, in nats.

-log p(x1) <= E[-log N(x1; mu(x_1), beta_1 I)] + KL(q(x_T | x1) || N(0, I))
              + sum_{k=2}^T E[KL(q(x_{k-1} | x_k, x1) || N(mu(x_k), s_k^2 I))]

Sohl-Dickstein et al. 2015 (arXiv:1503.03585); Ho, Jain and Abbeel 2020 (arXiv:2006.11239),
equation 5. The data x1 (their x_0) is measured in units in which the end of the
chain is N(0, I). Everything but the noise's squared errors is in closed form, so that one pass over
the steps serves every reverse variance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.chain import VARIANCES, Chain
from flowlab.core.document.arguments import name_of
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.solvers.ode import Cancelled

PredictNoise = Callable[[Tensor, int], Tensor]  # (x_k (n, d), k from 1 to T) -> noise (n, d)

_PARTS = 20  # in which the terms are told
_FEWEST = 4  # points, for a standard error of each half


@dataclass(frozen=True, eq=False, kw_only=True)
class Elbo:
    """The terms of the bound on -log p(x1), means over the data in nats a point.

    `step` holds the k of each matching term; while terms are still missing, the others and their
    sum are there.
    """

    reconstruction: Estimate
    prior: Estimate
    step: Doubles  # (K,) ascending
    matching: Doubles  # (K,) means
    error: Doubles  # (K,) their standard errors
    deviation: Doubles  # (K,) standard deviations from draw to draw
    total: Estimate
    total_deviation: float  # of the sum, from draw to draw
    exact: Estimate | None  # -log p(x1) of the data's own density
    gap: Estimate | None  # total - exact; the noise of the data that both share cancels
    share: float  # of the terms that are there


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
    known = None if log_prob is None else -log_prob(x1).double()
    rng = torch_rng(seed, Stream.BOUND_NOISE, device=x1.device)
    errors = torch.empty(0, len(x1), dtype=torch.float64, device=x1.device)
    found = None
    for part in noise_errors(predict, chain, x1, rng):
        if cancelled is not None and cancelled():
            raise Cancelled
        errors = torch.cat([errors, part])
        if progress is not None or len(errors) == len(chain):
            found = second_form(chain, x1, errors, variance, known)
            if progress is not None:
                progress(found)
    assert found is not None
    return found


def noise_errors(
    predict: PredictNoise, chain: Chain, x1: Tensor, rng: torch.Generator
) -> Iterator[Tensor]:
    """Squared errors |eps(x_k, k) - z|^2 (b, n), float64, of all steps from the first, b a time."""

    def error(k: int) -> Tensor:
        z = normal(x1, rng)
        return (predict(chain.noised(x1, z, k), k) - z).double().square().sum(1)

    yield from in_parts(error, len(chain))


def normal(like: Tensor, rng: torch.Generator) -> Tensor:
    """Standard normal numbers of the shape, dtype and device of `like`."""
    return torch.randn(like.shape, dtype=like.dtype, device=like.device, generator=rng)


def in_parts(row: Callable[[int], Tensor], steps: int) -> Iterator[Tensor]:
    """What `row` gives for each step from 1 to T, stacked, in at most `_PARTS` parts."""
    for ks in np.array_split(np.arange(1, steps + 1), min(_PARTS, steps)):
        with torch.no_grad():
            yield torch.stack([row(int(k)) for k in ks])


def check_points(x1: Tensor) -> None:
    """Raise `Invalid` unless there are a few points (n, d)."""
    if x1.ndim != 2 or len(x1) < _FEWEST:
        raise Invalid(f"The bound needs at least {_FEWEST} points (n, d), not {tuple(x1.shape)}.")


def second_form(
    chain: Chain, x1: Tensor, errors: Tensor, variance: str, exact: Tensor | None = None
) -> Elbo:
    """The bound from the squared errors (K, n) of the noise in the first K of T steps.

    The squared distance of the reverse mean from the posterior's is `mean_per_noise`^2 times them.
    """
    k, d = len(errors), x1.shape[1]
    distances = _column(chain.mean_per_noise.square(), errors) * errors
    posterior = _column(chain.posterior_variance, errors)[1:]
    s2 = reverse_variances(chain, distances, variance, d)
    matching = gaussian_kl(posterior, s2[1:], distances[1:], d)
    reconstruction = negative_log_normal(distances[0], chain.beta[0], d)
    prior = prior_matching(chain, x1)
    steps = np.arange(2, k + 1, dtype=np.float64)
    return assembled(reconstruction, prior, matching, steps, k / len(chain), exact)


def reverse_variances(chain: Chain, distances: Tensor, variance: str, d: int) -> Tensor:
    """s_k^2 (K, n) or (K, 1) of the reverse steps, from the distances (K, n) of both means.

    The optimum is sigma-tilde^2 + E|mu-tilde - mu|^2 / d. With the exact noise that is
    sigma-tilde^2 + (sqrt(abar_{k-1}) beta_k / (1 - abar_k))^2 E[tr Var(x1 | x_k)] / d (Bao et al.
    2022, arXiv:2201.06503, theorem 1). Each half of the points takes it from the other half, as no
    bound may be fitted to the points that it is averaged over.
    """
    name_of(variance, VARIANCES, "reverse variance")
    if variance == "beta":
        return _column(chain.beta, distances)
    posterior = _column(chain.posterior_variance, distances)
    if variance == "posterior":
        return posterior
    even, odd = distances[:, ::2].mean(1), distances[:, 1::2].mean(1)
    other = torch.stack([odd, even], 1).repeat(1, (distances.shape[1] + 1) // 2)
    return posterior + other[:, : distances.shape[1]] / d


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


def assembled(
    reconstruction: Tensor,
    prior: Tensor,
    matching: Tensor,
    steps: Doubles,
    share: float,
    exact: Tensor | None,
) -> Elbo:
    """The bound from each point's terms: (n,), (n,) and (K, n)."""
    total = reconstruction + prior + matching.sum(0)
    n, mean = len(total), matching.mean(1, keepdim=True)
    deviation = ((matching - mean).square().sum(1) / (n - 1)).sqrt().cpu().numpy()
    gap = None if exact is None or share < 1 else _mean(total - exact)
    return Elbo(
        reconstruction=_mean(reconstruction),
        prior=_mean(prior),
        step=steps,
        matching=mean[:, 0].cpu().numpy(),
        error=deviation / np.sqrt(n),
        deviation=deviation,
        total=_mean(total),
        total_deviation=float(total.std()),
        exact=None if exact is None else _mean(exact),
        gap=gap,
        share=share,
    )


def _column(values: Tensor, like: Tensor) -> Tensor:
    """The values (K, 1) of the first K steps, for rows `like` (K, n)."""
    return values[: len(like), None].to(like)


def _squared(x: Tensor) -> Tensor:
    return x.double().square().sum(1)


def _mean(values: Tensor) -> Estimate:
    return mean_estimate(values.cpu().numpy())
