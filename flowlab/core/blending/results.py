"""What a bundle of (de)blending chains holds beside its points; imports no torch.

The points (N + 1, C, 2) of the bundle are the beads x_alpha of C chains; its times are the alphas.
A chain moves from bead k to bead k + 1 along the segment of pair k. Pair 0 is the start with an
independent x1; every other pair k is drawn by deblending bead k.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

Outlines = tuple[Floats, ...]  # convex parts (V, 4) of the support of p_alpha: each row a corner
# of p0's part and a corner of p1's part, whose blend is a corner of the part


@dataclass(frozen=True, eq=False, kw_only=True)
class Convergence:
    """Distance of chains of N steps to the exact paths of the same starts, and their variation."""

    steps: Floats  # (S,) values of N, ascending
    distance: Floats  # (S,) mean distance at alpha = 1 between a chain and the exact path
    error: Floats  # (S,) standard error of the distance
    variation: Floats  # (S,) mean of the sum of |x_{k+1} - x_k|^2: E|x1 - x0|^2 / N
    variation_error: Floats  # (S,) standard error of the variation
    order: Estimate  # slope of log distance against log N, larger half of N; -1/2 in theory
    note: str = ""  # how the exact path is known


@dataclass(frozen=True, eq=False, kw_only=True)
class Marginals:
    """Sliced W2 between the chains' beads and samples of p_alpha, at some alphas."""

    alphas: Floats  # (A,)
    distance: Floats  # (A,) between the beads and samples of p_alpha
    error: Floats  # (A,) standard error of the distance
    floor: Floats  # (A,) noise floor: mean distance between independent samples of p_alpha
    floor_error: Floats  # (A,) standard error of the floor
    spread: Floats  # (A,) standard deviation of the distance of one such sample
    count: int  # points in each cloud

    def at(self, alpha: float) -> tuple[Estimate, Estimate, float]:
        """Distance, floor and spread at the stored alpha nearest to `alpha`."""
        k = int(np.abs(self.alphas - alpha).argmin())
        distance = Estimate(self.distance[k], self.error[k], self.count)
        return distance, Estimate(self.floor[k], self.floor_error[k]), float(self.spread[k])


@dataclass(frozen=True, eq=False, kw_only=True)
class Chain:
    """The pairs between the beads of C chains of N steps, and details of the followed chain."""

    x0: Floats  # (N, C, 2) source points of the pairs
    x1: Floats  # (N, C, 2) target points
    followed: int = 0  # index of the chain that `others` and `fan` belong to
    others: Floats = field(default_factory=lambda: np.zeros((0, 0, 2, 2), np.float32))
    # (N, M, 2, 2): M more posterior draws (x0, x1) at each bead
    fan: Floats = field(default_factory=lambda: np.zeros((0, 0, 2), np.float32))
    # (N + 1, F, 2): beads of F chains from the same start with other random numbers
    tries: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    # (N,) mean proposals per accepted pair; 1 without rejection
    unfinished: int = 0  # chains for which no pair was found: NaN from there on
    convergence: Convergence | None = None
    marginals: Marginals | None = None
    outlines: Outlines = ()
    note: str = ""  # how the pairs are drawn

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the pairs."""
        return _bytes_of(self)

    def compact(self) -> Self:
        """Itself: the pairs stay in float32."""
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Blends:
    """What a bundle of straight pairs holds beside its points."""

    outlines: Outlines = ()

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the outlines."""
        return sum(outline.nbytes for outline in self.outlines)

    def compact(self) -> Self:
        """Itself."""
        return self


def chain_of(bundle: Bundle | None) -> Chain | None:
    """The chains that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Chain) else None


def blends_of(bundle: Bundle | None) -> Blends | None:
    """The blends that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Blends) else None


def outlines_of(bundle: Bundle | None) -> Outlines:
    """The convex parts of the support of p_alpha; empty where they are not known."""
    extra = None if bundle is None else bundle.extra
    return extra.outlines if isinstance(extra, Chain | Blends) else ()


def _bytes_of(value: Chain) -> int:
    arrays = [getattr(value, spec.name) for spec in fields(value)]
    return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))
