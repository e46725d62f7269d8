"""The result of the view `conditions`: several generations for one class; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """One of the pictures side by side: the reference, or one generation."""

    title: str
    bundle: Bundle
    accuracy: Estimate | None = None  # share of the ends whose nearest target point is of c
    distance: Estimate | None = None  # sliced W2 of the ends to p1(. | c); None if any is lost


@dataclass(frozen=True, eq=False, kw_only=True)
class Generations:
    """Target samples of one class beside particles carried there from different source samples."""

    condition: int
    name: str  # what the class is called
    classes: tuple[int, ...]
    panels: tuple[Panel, ...]  # the reference first
    conditional: bool  # True if the network is conditioned on the class
    exact: bool  # True if the class's exact flow carries the particles
    accuracy: Estimate  # that of samples of the class itself
    floor: Estimate  # sliced W2 of fresh samples of the class to the same ones, and its deviation
    spread: float
    distance: Estimate | None = None  # mean of those of all generations; None if a point is lost
    error: Estimate | None = None  # rms|v - v*| / rms|v*| of the class; None where v* is not known
    note: str = ""  # what to do for a better picture, if anything

    def compact(self) -> Generations:
        """The same with 16 bits for each coordinate of the paths."""
        panels = tuple(replace(panel, bundle=panel.bundle.compact()) for panel in self.panels)
        return replace(self, panels=panels)

    @property
    def mean_accuracy(self) -> Estimate | None:
        """The accuracy of all generations together."""
        shares = [panel.accuracy for panel in self.panels if panel.accuracy is not None]
        if not shares:
            return None
        mean = sum(shares) / len(shares)
        error = math.sqrt(sum(share.error**2 for share in shares)) / len(shares)
        return Estimate(mean, error, sum(share.n for share in shares))

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all trajectories."""
        return sum(panel.bundle.nbytes for panel in self.panels)


def generations_of(bundle: Bundle | None) -> Generations | None:
    """The generations that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Generations) else None
