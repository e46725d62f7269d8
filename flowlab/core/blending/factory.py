"""Choose the deblender for two shapes."""

from __future__ import annotations

from functools import lru_cache

from flowlab.core.array_types import Floats
from flowlab.core.blending.interfaces import MOST_TRIES, Deblender, Drawn, Generators, ShouldStop
from flowlab.core.blending.rejecting import RejectionDeblender
from flowlab.core.blending.settings import DEBLENDERS
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import name_of, whole
from flowlab.core.document.shapes import Shape
from flowlab.core.document.specs import Spec, shape_of
from flowlab.core.exact.posterior.ends import end_of
from flowlab.core.exact.posterior.factory import oracle_between, pairs_between
from flowlab.core.exact.posterior.interfaces import PairSampler, Sample

__all__ = ["PosteriorDeblender", "deblender_of", "oracle_between"]


class PosteriorDeblender:
    """Draws pairs from the posterior p(x0, x1 | x_alpha) of the linear path."""

    reuses_pair = (
        True  # where rounding leaves no pair, the last one is a draw from the same posterior
    )

    def __init__(self, pairs: PairSampler, ends: tuple[Sample, Sample]) -> None:
        self.pairs, self.note = pairs, pairs.note
        self._ends = ends

    def sources(self, n: int, rng: Generators) -> Floats:
        """x0 (2, n) ~ p0."""
        return self._ends[0](n, rng)

    def targets(self, n: int, rng: Generators) -> Floats:
        """x1 (2, n) ~ p1."""
        return self._ends[1](n, rng)

    def draw(self, x: Floats, alpha: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n); NaN where none was found."""
        return self.pairs.draw(x, alpha, rng)


def deblender_of(
    source: Spec,
    target: Spec,
    how: str = "exact",
    most: int = MOST_TRIES,
    cancelled: ShouldStop | None = None,
) -> Deblender:
    """The deblender between two shapes, for x0 and x1 drawn independently.

    `how` is "exact" (draws from the posterior, see `pairs_between`), "rejection" (proposes x0 from
    the source, as in the article) or "cheaper" (proposes from the end that rejects less often); the
    last two give up after `most` proposals for one pair. Raises `Invalid` for another name, a
    `most` below one, or shapes that cannot be deblended so.
    Heitz, Belcour and Chambon 2023, arXiv:2305.03486.
    """
    source, target = shape_of(source), shape_of(target)
    name_of(how, DEBLENDERS, "way of deblending")
    if how == "exact":
        return _exact(source, target)
    most = whole(most, "most, the tries for a pair,", 1)
    distributions = build(source), build(target)
    ends = end_of(source), end_of(target)
    return RejectionDeblender(*ends, distributions, how == "cheaper", most, cancelled)


@lru_cache(maxsize=8)
def _exact(source: Shape, target: Shape) -> Deblender:
    return PosteriorDeblender(*pairs_between(source, target))
