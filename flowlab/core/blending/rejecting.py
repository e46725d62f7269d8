"""Deblending by rejection sampling, as in the article: draw x0 until its x1 is accepted."""

from __future__ import annotations

from flowlab.core.array_types import Floats
from flowlab.core.blending.interfaces import Drawn, Generators, ShouldStop
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.posterior.ends import End, sampled
from flowlab.core.exact.posterior.proposals import Proposer


class RejectionDeblender:
    """Propose x0 ~ p0, accept x1 = (x - (1 - alpha) x0) / alpha with probability p1(x1) / max p1.

    The accepted pairs are exact draws from the posterior given x. About alpha^2 of the proposals
    from p0 are accepted near alpha = 0, so a chain of N steps costs about N^2 proposals. With
    `cheaper`, proposals come from the end with the smaller coefficient in x, and a chain costs
    about N. After `most` rejected proposals a point gets no pair (NaN): its chain ends there, and
    the remaining chains are no longer distributed exactly as p_alpha.
    """

    reuses_pair = False

    def __init__(
        self,
        source: End,
        target: End,
        distributions: tuple[Distribution, Distribution],
        cheaper: bool,
        most: int,
        cancelled: ShouldStop | None = None,
    ) -> None:
        article, other = Proposer(source, target, False), Proposer(target, source, True)
        self._proposers = (article, other) if cheaper else (article,)
        self._distributions, self._most, self._cancelled = distributions, most, cancelled
        whose = "the cheaper end" if cheaper else "the source"
        self.note = f"by rejection from {whose}, at most {most:,} tries a pair"

    def sources(self, n: int, rng: Generators) -> Floats:
        """x0 (2, n) ~ p0."""
        return sampled(self._distributions[0], n, rng)

    def targets(self, n: int, rng: Generators) -> Floats:
        """x1 (2, n) ~ p1."""
        return sampled(self._distributions[1], n, rng)

    def draw(self, x: Floats, alpha: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n); NaN where all proposals were rejected. Raises `Cancelled`."""
        blend = 1 - alpha, alpha
        proposer = min(self._proposers, key=lambda proposer: proposer.expected(blend))
        return proposer.draw(x, blend, self._most, rng, self._cancelled)
