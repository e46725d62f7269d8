"""The terms of a bound on the likelihood, in nats, and what a picture shows of them; no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.results import Schedule
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

DIMENSION = 2  # of the plane


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
    matched: Estimate  # the sum of the matching terms
    total: Estimate
    total_deviation: float  # of the sum, from draw to draw
    exact: Estimate | None  # -log p(x1) of the data's own density
    gap: Estimate | None  # total - exact; the noise of the data that both share cancels
    share: float  # of the terms that are there

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        rows = self.step, self.matching, self.error, self.deviation
        return sum(row.nbytes for row in rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class ElboForms:
    """The bound of one model in both of its forms, over the same data."""

    second: Elbo  # with one matching term a step
    first: Elbo | None  # with consistency terms; None while a first quick answer is shown
    points: int  # of the data, over which terms are averaged
    schedule: Schedule
    variance: str  # a key of `settings.VARIANCES`
    exact: bool = False  # True if the exact noise is predicted
    why_unknown: str = ""  # why -log p of the data isn't known
    volume: float = 0.0  # nats that -log p lies below that of the target, in units of the noise
    condition: int | None = None  # the class whose bound it is

    @property
    def gap_per_dimension(self) -> Estimate | None:
        """What the bound lies above -log p, in nats a dimension."""
        gap = self.second.gap
        return None if gap is None else Estimate(gap / DIMENSION, gap.error / DIMENSION, gap.n)

    def k(self, t: float) -> int:
        """The step at t, from 1 to T."""
        return min(max(self.schedule.k(t), 1), self.schedule.T)

    def term(self, k: int) -> Estimate:
        """The term of a step: that of k = 1 is the reconstruction."""
        if k == 1:
            return self.second.reconstruction
        row = k - 2
        return Estimate(self.second.matching[row], self.second.error[row], self.points)

    def compact(self) -> ElboForms:
        """Itself, which is small."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.second.nbytes + (0 if self.first is None else self.first.nbytes)


@dataclass(frozen=True, eq=False)
class Bars:
    """Matching terms, summed over groups of neighbouring steps where there are many."""

    first: Doubles  # (B,) the k of the first step of each
    last: Doubles  # (B,)
    nats: Doubles  # (B,) the sums

    @property
    def each(self) -> int:
        """Steps of the largest group."""
        return int((self.last - self.first).max(initial=0.0)) + 1


def bars_of(found: Elbo, most: int) -> Bars:
    """The matching terms in at most so many bars; their sum is that of the terms."""
    groups = np.array_split(np.arange(len(found.step)), max(1, min(most, len(found.step))))
    known = [group for group in groups if len(group)]
    return Bars(
        first=np.array([found.step[group[0]] for group in known]),
        last=np.array([found.step[group[-1]] for group in known]),
        nats=np.array([found.matching[group].sum() for group in known]),
    )


def forms_of(bundle: Bundle | None) -> ElboForms | None:
    """The bound that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, ElboForms) else None
