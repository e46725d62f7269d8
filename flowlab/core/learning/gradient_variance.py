"""Variance of the loss gradient at each t, with and without antithetic pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.core.document.network import Network
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.interpolants.couplings import Coupler, coupler_of
from flowlab.core.interpolants.document_parameterization import parameterization_of
from flowlab.core.interpolants.parameterization import Parameterization

_TIMES, _PAIRS = 33, 2000  # of a plot; its standard errors are then a few per cent


@dataclass(frozen=True, eq=False)
class Variances:
    """Variance of the mean of two sample gradients, (n,) each, at times (n,)."""

    times: Floats
    independent: Floats  # two pairs, each with its own z
    antithetic: Floats  # one pair, with z and with -z


def gradient_variances(
    parameterization: Parameterization, coupler: Coupler, t: float, n: int, rng: torch.Generator
) -> tuple[float, float]:
    """Trace of the gradient's covariance at one t: independent samples, antithetic pairs.

    The gradient is that of E w |F - Y|^2 / 2 in the coefficients of F = A y + c, y the whitened
    x_t, at the best fit: the linear part that every network shares. Both are means over two samples
    and cost the same. Infinite terms (gamma' at t = 0) cancel in the antithetic one.
    arXiv:2303.08797, appendix C.
    """
    x0, x1 = (end.double() for end in coupler.draw(n, rng))
    times = torch.full((n,), t, dtype=torch.float64)
    z = torch.randn(n, 2, dtype=torch.float64, generator=rng)
    signed = [
        (
            parameterization.path.point(x0, x1, times, s * z),
            parameterization.target(x0, x1, times, s * z),
        )
        for s in (1, -1)
    ]
    x = torch.cat([x for x, _ in signed])
    gradients = _gradients(x, torch.cat([y for _, y in signed]))
    plus, minus = gradients[:n], gradients[n:]
    weight = (
        1.0
        if parameterization.sqrt_weight is None
        else float(parameterization.sqrt_weight(times[:1])) ** 4
    )
    independent = 0.5 * gradients.var(0).sum()
    return weight * float(independent), weight * float((0.5 * (plus + minus)).var(0).sum())


def _gradients(x: Tensor, y: Tensor) -> Tensor:
    """(F - Y) (1, y) of each sample, (n, 6), for the least-squares linear F."""
    centred = x - x.mean(0)
    features = torch.cat([torch.ones_like(x[:, :1]), centred / centred.std(0)], 1)
    fit = torch.linalg.lstsq(features, y, driver="gelsd").solution
    residual: Tensor = features @ fit - y
    return (features[:, :, None] * residual[:, None]).flatten(1)


def variances(document: Document) -> Variances | None:
    """The variances against t for the document's parameterization; None without latent noise.

    None for a score between walls as well, which no path leads to.

    Raises `Invalid` if the network cannot learn it. Times are denser near both ends, where they
    vary.
    """
    if between_walls(document):
        return None
    return _variances(
        Document(
            source=document.source,
            target=document.target,
            path=document.path,
            coupling=document.coupling,
            network=Network(predicts=document.network.predicts),
        )
    )


@lru_cache(maxsize=16)
def _variances(document: Document) -> Variances | None:
    parameterization = parameterization_of(document)
    if not parameterization.path.noisy:
        return None
    rng, coupler = torch_rng(0, Stream.GRADIENT_VARIANCE), coupler_of(document)
    u = np.linspace(0.02, 0.98, _TIMES)
    times = np.sin(0.5 * np.pi * u) ** 2
    traces = [gradient_variances(parameterization, coupler, float(t), _PAIRS, rng) for t in times]
    independent, antithetic = np.array(traces).T
    return Variances(times, independent, antithetic)
