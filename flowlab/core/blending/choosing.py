"""The right way of deblending between two shapes."""

from __future__ import annotations

from functools import lru_cache, partial

import torch

from flowlab.core.blending.ends import Region, end_of, sampled
from flowlab.core.blending.faces import MOST_TRIES, Deblender, Dice, Floats, ShouldStop
from flowlab.core.blending.gridded import GriddedDeblender, Levels
from flowlab.core.blending.mixed import MixtureDeblender
from flowlab.core.blending.rejecting import RejectionDeblender
from flowlab.core.blending.settings import DEBLENDERS
from flowlab.core.blending.uniform import UniformDeblender
from flowlab.core.blending.weighed import CloudDeblender
from flowlab.core.distributions.checks import is_whole
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
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
from flowlab.core.exact import MixtureOracle, Oracle, oracle_for
from flowlab.core.exact.outlines import outline_of

# Their densities are integrals along a curve, sums over as many kernels, or have a narrow peak: to
# read them for every proposal takes seconds.
_DEAR = (Pinwheel, Moons, Spiral, SwissRoll, Rings, SCurve, Smiley, Points)


def deblender_of(
    source: Shape,
    target: Shape,
    how: str = "exact",
    most: int = MOST_TRIES,
    cancelled: ShouldStop | None = None,
) -> Deblender:
    """How pairs of two shapes, drawn independently, are deblended; raises `Invalid`.

    "exact": regions with straight edges by their intersections, mixtures and clouds by the closed
    form of the posterior, all others by their densities on grids. "rejection" proposes from the
    source as the article does, "cheaper" from the end that wastes less.
    """
    if how not in DEBLENDERS:
        raise Invalid(f"There is no way of deblending named {how!r}; try {', '.join(DEBLENDERS)}.")
    if how == "exact":
        return _exact(source, target)
    if not is_whole(most):
        raise Invalid(f"Allow at least one try for a pair, not {most!r}.")
    laws = build(source), build(target)
    ends = end_of(source), end_of(target)
    return RejectionDeblender(*ends, laws, how == "cheaper", most, cancelled)


def oracle_between(source: Shape, target: Shape) -> Oracle:
    """The exact field of the linear path between independent draws of two shapes."""
    oracle = oracle_for(Document(source=source, target=target))
    assert oracle is not None  # the coupling is independent
    return oracle


@lru_cache(maxsize=8)
def _exact(source: Shape, target: Shape) -> Deblender:
    laws = build(source), build(target)
    if outline_of(source) is not None and outline_of(target) is not None:
        start, end = end_of(source), end_of(target)
        assert isinstance(start, Region)
        assert isinstance(end, Region)
        return UniformDeblender(start, end, laws)
    oracle = oracle_between(source, target)
    if not isinstance(oracle, MixtureOracle):
        return _of_cloud(source, target) or GriddedDeblender(*laws)
    if oracle.facts.exact:
        return MixtureDeblender(oracle, (partial(sampled, laws[0]), partial(sampled, laws[1])))
    return MixtureDeblender(
        oracle, (partial(_widened, oracle, 0.0), partial(_widened, oracle, 1.0))
    )


def _of_cloud(source: Shape, target: Shape) -> Deblender | None:
    """Where an end is a cloud: by its weights, unless the other is one of bare points, too."""
    for cloud, other, is_target in ((target, source, True), (source, target, False)):
        bare = isinstance(other, Points) and other.noise == 0
        if isinstance(cloud, Points) and not bare:
            law = build(other)
            read = isinstance(other, _DEAR) or not law.has_log_prob
            end = Levels(law) if read else end_of(other)
            return CloudDeblender(source, target, is_target, end)
    return None


def _widened(oracle: Oracle, t: float, n: int, dice: Dice) -> Floats:
    """Samples (2, n) of an end whose points an oracle has widened."""
    samples: Floats = oracle.sample(torch.full((n,), t), dice.torch).T.contiguous().numpy()
    return samples
