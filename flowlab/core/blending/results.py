"""What a bundle of (de)blending chains holds beside its points; imports no torch.

The points (N + 1, C, 2) of the bundle are the beads x_alpha of C chains at its times alpha. From
bead k a chain moves to bead k + 1 on the segment of pair k, which was drawn at bead k: the first
one from both ends, every other one by deblending bead k.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle

Outlines = tuple[Floats, ...]  # convex (V, 4): a corner of p0's and one of p1's part, whose blend
# is a corner of a part of the support of p_alpha


@dataclass(frozen=True, eq=False, kw_only=True)
class Convergence:
    """Chains of growing N against the exact path of the same starts, and against themselves."""

    steps: Floats  # (S,) values of N, ascending
    distance: Floats  # (S,) mean distance at alpha = 1 of a chain to the exact path's end
    error: Floats  # (S,) standard error of that
    variation: Floats  # (S,) mean of the sum of |x_{k+1} - x_k|^2: E|x1 - x0|^2 / N
    order: float  # of log distance by log N over the larger half of N; -1/2 in theory
    note: str = ""  # how the exact path is known


@dataclass(frozen=True, eq=False, kw_only=True)
class Marginals:
    """The chains' cloud at some alphas against fresh draws of p_alpha, by sliced W2."""

    alphas: Floats  # (A,)
    distance: Floats  # (A,) of the cloud
    floor: Floats  # (A,) of two fresh clouds, on average
    spread: Floats  # (A,) standard deviation of the latter
    count: int  # points of each cloud

    def at(self, alpha: float) -> tuple[float, float, float]:
        """Distance, floor and spread at the nearest of its alphas."""
        k = int(np.abs(self.alphas - alpha).argmin())
        return float(self.distance[k]), float(self.floor[k]), float(self.spread[k])


@dataclass(frozen=True, eq=False, kw_only=True)
class Chain:
    """The pairs behind the beads of C chains in N steps, and what is told of one of them."""

    x0: Floats  # (N, C, 2) source points of the pairs
    x1: Floats  # (N, C, 2) target points
    followed: int = 0  # the chain that the rest of the fields are about
    others: Floats = field(default_factory=lambda: np.zeros((0, 0, 2, 2), np.float32))
    # (N, M, 2, 2): M more pairs (x0, x1) that could have been drawn at each bead
    fan: Floats = field(default_factory=lambda: np.zeros((0, 0, 2), np.float32))
    # (N + 1, F, 2): beads of F chains from the same start with other randomness
    tries: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    # (N,) proposals for one pair that was accepted, mean over chains; 1 without rejection
    unfinished: int = 0  # chains whose deblending gave up: NaN from there on
    convergence: Convergence | None = None
    marginals: Marginals | None = None
    outlines: Outlines = ()
    note: str = ""  # how the pairs are drawn

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the pairs."""
        return _bytes_of(self)

    def compact(self) -> Self:
        """Itself: pairs are read as they were drawn."""
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
    """The chain that a bundle holds, if it does."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Chain) else None


def blends_of(bundle: Bundle | None) -> Blends | None:
    """The blends that a bundle holds, if it does."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Blends) else None


def outlines_of(bundle: Bundle | None) -> Outlines:
    """The parts of the support of p_alpha; none where they are not known."""
    extra = None if bundle is None else bundle.extra
    return extra.outlines if isinstance(extra, Chain | Blends) else ()


def _bytes_of(value: Chain) -> int:
    arrays = [getattr(value, spec.name) for spec in fields(value)]
    return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))
