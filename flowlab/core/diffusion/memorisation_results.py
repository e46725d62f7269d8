"""How near samples come to training points, and the pictures of it; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints
from flowlab.core.diffusion.results import Schedule
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle, FieldFrames

EMPIRICAL, LEARNED = "empirical", "learned"


@dataclass(frozen=True, eq=False, kw_only=True)
class Memorisation:
    """Distances to the nearest training point."""

    count: int  # of training points
    generated: Doubles  # (n,), of a model's samples
    fresh: Doubles  # (n,), of as many fresh samples of the target
    copied: float  # share of samples three times as near to one training point as to any other
    copied_fresh: float  # of fresh ones, by chance

    @property
    def median(self) -> Estimate:
        """The median distance of samples."""
        return median_estimate(self.generated)

    @property
    def median_fresh(self) -> Estimate:
        """The median distance of fresh samples."""
        return median_estimate(self.fresh)

    @property
    def ratio(self) -> float:
        """Median distance of samples over that of fresh ones: 0 of copies, 1 of new points."""
        return float(np.median(self.generated) / np.median(self.fresh))


def median_estimate(values: Doubles) -> Estimate:
    """The median of independent values (n,), its error from order statistics.

    Half the distance of those sqrt(n) / 2 ranks below and above it: the number of values below the
    true median has that deviation. NaN of fewer than four.
    """
    ordered, n = np.sort(values), len(values)
    if n < 4:
        return Estimate(float(np.median(values)) if n else math.nan, math.nan, n)
    away, middle = math.sqrt(n) / 2, (n - 1) / 2
    low, high = np.interp([middle - away, middle + away], np.arange(n), ordered)
    return Estimate(float(np.median(ordered)), float(high - low) / 2, n)


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryPane:
    """One model: its samples on their way, and where it expects the data from any place."""

    kind: str  # EMPIRICAL or LEARNED
    bundle: Bundle
    arrows: FieldFrames  # from drawn places to their denoised points; NaN where no mass passes
    measured: Memorisation

    def compact(self) -> MemoryPane:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, bundle=self.bundle.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.bundle.nbytes + self.arrows.values.nbytes


@dataclass(frozen=True, eq=False, kw_only=True)
class Memories:
    """The exact field of a few training points beside the field that is shown otherwise."""

    panes: tuple[MemoryPane, MemoryPane]  # EMPIRICAL and LEARNED
    points: Floats  # (n, 2), the training points
    labels: Ints | None  # (n,), their classes
    size: Doubles  # (T,) typical length of the second one's arrows
    schedule: Schedule
    exact: bool  # True if the second is the exact field of the whole target
    trained_on_these: bool  # True if the target is these points, so that a network has no others
    bare: bool  # True if the target is points of which nobody has fresh ones

    def compact(self) -> Memories:
        """The same with 16 bits for each coordinate of the paths."""
        first, second = self.panes
        return replace(self, panes=(first.compact(), second.compact()))

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.points.nbytes + sum(pane.nbytes for pane in self.panes)


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryPicture:
    """One of the models, as one of the pictures side by side shows it."""

    pane: MemoryPane
    memories: Memories

    def compact(self) -> MemoryPicture:
        """Itself."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return 0


def memories_of(bundle: Bundle | None) -> Memories | None:
    """What a bundle holds of memorisation, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Memories) else None
