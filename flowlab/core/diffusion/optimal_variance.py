"""What is left of the data's covariance once a noisy point is known, averaged over such points."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.diffusion.denoiser import Affinity, Denoiser, denoiser_of, evaluated
from flowlab.core.diffusion.levels import Levels
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_only_learned
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import Oracle, extended_field, oracle_for
from flowlab.core.views.cache import LruCache

_PAIRS, _LEVELS = 4000, 48
NEEDS_ORACLE = (
    "The optimal variance needs Var(x₁ | x) of the exact field, which isn't known here: take the "
    "variance posterior or beta."
)


def posterior_covariance(
    document: Document, levels: Levels, oracle: Oracle | None = None, data: Affinity | None = None
) -> Tensor:
    """E[Cov(x1 | x)] (K, 2, 2) float64 at each level but the data's, by the exact field.

    The mean square of x1 - E[x1 | x] over 4,000 pairs, always the same; between 48 levels linear in
    log b / a, where there are more. Raises `Invalid` where no exact field is known.
    """
    exact = oracle_for(document) if oracle is None and not why_only_learned(document) else oracle
    if exact is None:
        raise Invalid(NEEDS_ORACLE)
    given = None if data is None else (*data.centre.tolist(), data.scale)
    shapes = document.source, document.target, document.path
    key = *shapes, levels.signal.numpy().tobytes(), levels.noise.numpy().tobytes(), given
    return _known.get(key, lambda: _averaged(document, levels, exact, data))


_known: LruCache[Tensor] = LruCache(4)  # which other weights leave as they are


def _averaged(document: Document, levels: Levels, exact: Oracle, data: Affinity | None) -> Tensor:
    """See `posterior_covariance`."""
    denoiser = denoiser_of(extended_field(exact), document, data)
    rng = torch_rng(0, Stream.OPTIMAL_VARIANCE)
    x0, x1 = (build(end).sample(_PAIRS, rng).double() for end in (document.source, document.target))
    x1 = denoiser.taken(x1)
    a, b = levels.signal[:-1], levels.noise[:-1]
    chosen = torch.linspace(0, len(b) - 1, min(_LEVELS, len(b)), dtype=torch.float64)
    at = chosen.round().long()
    known = torch.stack([_at(denoiser, x0, x1, float(a[k]), float(b[k])) for k in at])
    share = b**2 / (a**2 + b**2)
    return _between(b.log() - a.log(), at, known / share[at, None, None]) * share[:, None, None]


def _at(denoiser: Denoiser, x0: Tensor, x1: Tensor, a: float, b: float) -> Tensor:
    """The mean square (2, 2) of x1 - E[x1 | x] at one level."""
    read = denoiser.read(*(torch.tensor([each], dtype=torch.float64) for each in (a, b)))
    x = a * x1 + b * x0
    left = x1 - read.denoised.at(0, evaluated(denoiser.field, read, 0, x), x)
    return left.T @ left / len(left)


def _between(x: Tensor, at: Tensor, values: Tensor) -> Tensor:
    """Values (m, 2, 2) known at some of descending x (K,) at all of them, by straight lines."""
    upper = torch.searchsorted(at, torch.arange(len(x))).clamp(1, max(1, len(at) - 1))
    if len(at) == 1:
        return values.expand(len(x), 2, 2)
    low, high = at[upper - 1], at[upper]
    share = ((x - x[low]) / (x[high] - x[low])).nan_to_num(0.0, 0.0, 0.0)[:, None, None]
    return values[upper - 1] * (1 - share) + values[upper] * share
