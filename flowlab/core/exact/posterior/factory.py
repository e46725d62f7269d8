"""The posterior sampler that suits two shapes best."""

from __future__ import annotations

from functools import lru_cache, partial

import torch

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import (
    Moons,
    Pinwheel,
    Points,
    Rings,
    SCurve,
    Shape,
    Smiley,
    Spiral,
    SwissRoll,
)
from flowlab.core.exact.factory import oracle_for
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.exact.outlines import outline_of
from flowlab.core.exact.posterior.blocks import GridEnd
from flowlab.core.exact.posterior.cells import CellPairs
from flowlab.core.exact.posterior.clouds import CloudPairs
from flowlab.core.exact.posterior.ends import end_of, sampled
from flowlab.core.exact.posterior.interfaces import Generators, PairSampler, Sample
from flowlab.core.exact.posterior.mixtures import MixturePairs
from flowlab.core.exact.posterior.regions import RegionPairs

# Their densities are integrals along a curve, sums of many kernels, or have a narrow peak:
# evaluating them for every proposal takes seconds.
_DEAR = (Pinwheel, Moons, Spiral, SwissRoll, Rings, SCurve, Smiley, Points)

_NOTES = {
    ("mixture", True): "exact, by the closed form between mixtures",
    ("empirical", True): "exact, by the weights of the points",
    ("empirical", False): "exact for the points, each widened to a Gaussian",
}


def oracle_between(source: Shape, target: Shape) -> Oracle:
    """The oracle of the linear path between two shapes with independent pairs."""
    oracle = oracle_for(Document(source=source, target=target))
    assert oracle is not None  # the coupling is independent
    return oracle


@lru_cache(maxsize=8)
def pairs_between(source: Shape, target: Shape) -> tuple[PairSampler, tuple[Sample, Sample]]:
    """The posterior sampler of two shapes on the linear path, and samplers of both ends.

    Straight-edged regions by intersections, mixtures and clouds in closed form, all others by their
    densities on grids.
    """
    distributions = build(source), build(target)
    ends: tuple[Sample, Sample] = (
        partial(sampled, distributions[0]),
        partial(sampled, distributions[1]),
    )
    start, end = outline_of(source), outline_of(target)
    if start is not None and end is not None:
        return RegionPairs(start, end), ends
    oracle = oracle_between(source, target)
    if not isinstance(oracle, MixtureOracle):
        return _of_cloud(source, target) or CellPairs(*distributions), ends
    if not oracle.facts.exact:
        ends = partial(_widened, oracle, 0.0), partial(_widened, oracle, 1.0)
    return MixturePairs(oracle.joint, note=_note(oracle)), ends


def _note(oracle: MixtureOracle) -> str:
    note = _NOTES[oracle.facts.kind, oracle.facts.exact]
    if oracle.facts.exact:
        return note
    return f"{note} of deviation {float(oracle.joint.cov0.xx.max()) ** 0.5:.3g}"


def _of_cloud(source: Shape, target: Shape) -> PairSampler | None:
    """The sampler by weights if an end is a cloud, unless the other is one of bare points too."""
    for cloud, other, is_target in ((target, source, True), (source, target, False)):
        bare = isinstance(other, Points) and other.noise == 0
        if isinstance(cloud, Points) and not bare:
            distribution = build(other)
            read = isinstance(other, _DEAR) or not distribution.has_log_prob
            end = GridEnd(distribution) if read else end_of(other)
            return CloudPairs(source, target, is_target, end)
    return None


def _widened(oracle: Oracle, t: float, n: int, rng: Generators) -> Floats:
    """Samples (2, n) of an end whose points the oracle has widened."""
    samples: Floats = oracle.sample(torch.full((n,), t), rng.torch).T.contiguous().numpy()
    return samples
