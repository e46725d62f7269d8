"""The same bound in its first form, whose terms ask each reverse step to undo a forward step.

-log p(x1) <= E[-log N(x1; mu(x_1), beta_1 I)] + E[KL(q(x_T | x_{T-1}) || N(0, I))]
              + sum_{k=1}^{T-1} E[log q(x_k | x_{k-1}) - log N(x_k; mu(x_{k+1}), s_{k+1}^2 I)]

The first of two decompositions in Luo 2022 (arXiv:2208.11970). A term of the sum is a mean over
three points of one path, where a matching term of `elbo` is one over a single point: both sums have
the same mean, but not the same spread. Luo writes the term as E[KL(q(x_k | x_{k-1}) || p(x_k |
x_{k+1}))], which it is not: x_k depends on x_{k+1} as well, and that KL is larger by about d nats a
step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.elbo import (
    PredictNoise,
    check_points,
    column,
    gaussian_kl,
    in_parts,
    minus_log,
    negative_log_normal,
    normal,
    summed,
)
from flowlab.core.diffusion.elbo_results import Elbo
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng


def elbo_first_form(
    predict: PredictNoise,
    chain: Chain,
    x1: Tensor,
    s2: Tensor,
    *,
    seed: int = 0,
    log_prob: Callable[[Tensor], Tensor] | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[Elbo], None] | None = None,
) -> Elbo:
    """The first form for data x1 (n, d) and the variances s2 (T,) of the reverse steps.

    The reconstruction has the variance beta_1 whatever s2[0] is. `progress` is told the terms that
    are there so far. Raises `Invalid` for variances that aren't positive, and `Cancelled`.
    """
    check_points(x1)
    if s2.shape != (len(chain),) or not bool((s2[1:] > 0).all()):
        raise Invalid(f"Give a positive variance for each of the {len(chain)} steps.")
    rng = torch_rng(seed, Stream.FIRST_BOUND_NOISE, device=x1.device)
    prior = prior_consistency(chain, x1, rng)
    terms = consistency_terms(predict, chain, x1, s2, rng)
    return summed(terms, prior, minus_log(x1, log_prob), len(chain), cancelled, progress)


def consistency_terms(
    predict: PredictNoise, chain: Chain, x1: Tensor, s2: Tensor, rng: torch.Generator
) -> Iterator[Tensor]:
    """Each point's reconstruction and consistency terms (b, n), of all steps from the first."""
    d, forward = x1.shape[1], chain.beta.roll(1)  # of the step before
    for steps, squares in consistency_squares(predict, chain, x1, rng):
        distance, noise = squares.unbind(1)
        before, variance = (column(v, steps, noise) for v in (forward, s2))
        log_q = -negative_log_normal(before * noise, before, d)
        terms = log_q + negative_log_normal(distance, variance, d)
        if steps.start == 0:
            terms[0] = negative_log_normal(distance[0], chain.beta[0], d)
        yield terms


def consistency_squares(
    predict: PredictNoise, chain: Chain, x1: Tensor, rng: torch.Generator
) -> Iterator[tuple[slice, Tensor]]:
    """|x_{k-1} - mu(x_k)|^2 and |z|^2 (b, 2, n) of all steps k, and at which index.

    z is the noise of the forward step to x_{k-1}; there is none to the data.
    """

    def squares(k: int) -> Tensor:
        x, z = x1, torch.zeros_like(x1)
        if k > 1:
            z = normal(x1, rng)
            x = chain.noised(chain.noised(x1, normal(x1, rng), k - 2), z, k - 1, k - 2)
        later = chain.noised(x, normal(x1, rng), k, k - 1)
        back = chain.reverse_mean(later, predict(later, k), k)
        return torch.stack([x - back, z]).double().square().sum(-1)

    yield from in_parts(squares, len(chain))


def prior_consistency(chain: Chain, x1: Tensor, rng: torch.Generator) -> Tensor:
    """KL(q(x_T | x_{T-1}) || N(0, I)) (n,) for one x_{T-1} of each data point."""
    last = chain.noised(x1, normal(x1, rng), len(chain) - 1).double()
    alpha, beta = chain.alpha[-1].to(x1.device), chain.beta[-1].to(x1.device)
    return gaussian_kl(beta, torch.ones_like(beta), alpha * last.square().sum(1), x1.shape[1])
