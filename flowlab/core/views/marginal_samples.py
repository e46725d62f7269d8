"""Samples of the exact p_t for `Marginals`: of a path, or of weights that a room has its own."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.reference import sample_coupled
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.views.marginals import Marginals

SETS, POINTS = 4, 5000
_TIMES = 257  # at which the path's schedules are tabulated


@lru_cache(maxsize=8)
def marginals_of(
    source: Shape,
    target: Shape,
    path: Path,
    seed: int,
    n: int = POINTS,
    sets: int = SETS,
    coupling: Coupling = Coupling(),  # noqa: B008  a frozen value
) -> Marginals:
    """Independent samples of p_t for the pairs of a coupling, at any t."""
    joined = interpolant_of(path)
    t = torch.linspace(0.0, 1.0, _TIMES, dtype=torch.float64)
    rows = [joined.alpha(t), joined.beta(t), joined.gamma(t)]
    x0, x1, z = _pairs(source, target, seed, n, sets, coupling, joined.noisy)
    coefficients = np.stack([row.expand(_TIMES).numpy() for row in rows])
    return Marginals(x0=x0, x1=x1, z=z, times=t.numpy(), coefficients=coefficients)


def marginals_along(
    source: Shape, target: Shape, times: Floats, weights: Floats, seed: int
) -> Marginals:
    """Independent samples of a x0 + b x1 at any t, a and b the `weights` (2, K) at `times` (K,)."""
    x0, x1, _ = _pairs(source, target, seed, POINTS, SETS, Coupling(), False)
    coefficients = np.concatenate([weights, np.zeros_like(weights[:1])])
    return Marginals(x0=x0, x1=x1, z=None, times=times, coefficients=coefficients)


@lru_cache(maxsize=8)
def _pairs(
    source: Shape, target: Shape, seed: int, n: int, sets: int, coupling: Coupling, noisy: bool
) -> tuple[Floats, Floats, Floats | None]:
    """Sets (sets, n, 2) of both ends of pairs, and of latent noise if there is any."""
    rng, document = (
        torch_rng(seed, Stream.MARGINALS),
        Document(source=source, target=target, coupling=coupling),
    )
    x0, x1 = sample_coupled(document, sets * n, rng)
    z = torch.randn(sets * n, 2, generator=rng) if noisy else None
    arrays = (x0, x1) if z is None else (x0, x1, z)
    made = [each.reshape(sets, n, 2).numpy() for each in arrays]
    return made[0], made[1], made[2] if z is not None else None
