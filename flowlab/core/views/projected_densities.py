"""Where the density of p_t along a direction is known, and how."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.factory import MixtureParameters, build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.empirical import atoms
from flowlab.core.exact.reference import sample_coupled
from flowlab.core.interpolants.paths import Interpolant, interpolant_of
from flowlab.core.views.projected_density import (
    Components,
    ProjectedDensity,
    ProjectedMixture,
    ProjectedSamples,
    Schedules,
)

MOST_PAIRS = 256  # of components: all times of a direction then take some tens of milliseconds
SAMPLES = 8192
_NODES = 513


def projected_density(document: Document) -> ProjectedDensity:
    """The density of p_t along any direction: exact between independent mixtures, or from samples.

    Raises `Invalid` if an end cannot be built.
    """
    ends = document.source, document.target
    if not is_independent(document.coupling):
        return _of_pairs(*ends, document.path, document.seed, document.coupling)
    return _projected(*ends, document.path, document.seed)


@lru_cache(maxsize=4)
def _of_pairs(
    source: Shape, target: Shape, path: Path, seed: int, coupling: Coupling
) -> ProjectedDensity:
    return _sampled(source, target, interpolant_of(path), seed, coupling)


@lru_cache(maxsize=8)
def _projected(source: Shape, target: Shape, path: Path, seed: int) -> ProjectedDensity:
    joined = interpolant_of(path)
    exact = _exact(source, target, _schedules(joined))
    return exact or _sampled(source, target, joined, seed, Coupling())


def density_along(
    source: Shape, target: Shape, times: Doubles, weights: Doubles, seed: int
) -> ProjectedDensity:
    """The same of a x0 + b x1 of independent pairs, a and b the `weights` (2, K) at `times` (K,).

    Raises `Invalid` if an end cannot be built.
    """
    rows = [np.interp(Schedules.nodes(_NODES), times, row) for row in weights]
    schedules = Schedules(values=np.stack([*rows, np.zeros(_NODES)]))
    exact = _exact(source, target, schedules)
    return exact or _counted(source, target, schedules, seed, Coupling(), noisy=False)


def _exact(source: Shape, target: Shape, schedules: Schedules) -> ProjectedMixture | None:
    """The density between mixtures of few components; None between others."""
    start, end = _mixture(source), _mixture(target)
    if start is None or end is None:
        return None
    ends = _components(start), _components(end)
    if len(ends[0].weights) * len(ends[1].weights) > MOST_PAIRS:
        return None
    return ProjectedMixture(source=ends[0], target=ends[1], schedules=schedules)


def _sampled(
    source: Shape, target: Shape, joined: Interpolant, seed: int, coupling: Coupling
) -> ProjectedSamples:
    return _counted(source, target, _schedules(joined), seed, coupling, noisy=joined.noisy)


def _counted(
    source: Shape,
    target: Shape,
    schedules: Schedules,
    seed: int,
    coupling: Coupling,
    *,
    noisy: bool,
) -> ProjectedSamples:
    rng = torch_rng(seed, Stream.PROJECTED)
    document = Document(source=source, target=target, coupling=coupling)
    x0, x1 = (end.numpy() for end in sample_coupled(document, SAMPLES, rng))
    z = torch.randn(SAMPLES, 2, generator=rng).numpy() if noisy else None
    return ProjectedSamples(x0=x0, x1=x1, z=z, schedules=schedules)


def _mixture(shape: Shape) -> MixtureParameters | None:
    distribution = build(shape)
    cloud = distribution.cloud()
    return distribution.mixture() if cloud is None else atoms(*cloud)


def _components(mixture: MixtureParameters) -> Components:
    weights = mixture.weights.double().cpu().numpy()
    return Components(
        weights=weights / weights.sum(),
        means=mixture.means.double().cpu().numpy(),
        covs=mixture.covs.double().cpu().numpy(),
    )


def _schedules(joined: Interpolant) -> Schedules:
    t = torch.from_numpy(Schedules.nodes(_NODES))
    rows = (joined.alpha(t), joined.beta(t), joined.gamma(t))
    return Schedules(values=np.stack([row.expand(_NODES).numpy() for row in rows]))
