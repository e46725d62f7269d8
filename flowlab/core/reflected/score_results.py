"""The learned score beside the exact one, at several noise levels; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.reflected.results import Box
from flowlab.core.views.bundle import Bundle

PANES = {"learned": "Learned", "exact": "Exact", "error": "Difference"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Violation:
    """Sigma times the size of the score's component normal to the walls, on them."""

    mean: Doubles  # (T,)
    greatest: Doubles  # (T,)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreMaps:
    """Sigma times the learned and the exact score, and how far they are apart."""

    times: Doubles  # (T,) ascending
    sigmas: Doubles  # (T,), falling
    xs: Floats  # (W,) centres of columns
    ys: Floats  # (H,) of rows, from below
    maps: dict[str, Floats]  # by `PANES` the length (T, H, W); NaN outside the walls
    error: Doubles  # (T,) root of the mean square of the difference, weighted by p_t
    size: Doubles  # (T,) of the exact one, likewise
    bounded: Violation
    free: Violation  # of the network's own output, before it is made tangent to the walls
    bounds: Box
    rough: bool = False  # of a first answer: `error` and `size` are then no measurements

    def at(self, t: float) -> int:
        """The number of the time nearest to t."""
        return int(np.abs(self.times - t).argmin())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(maps.nbytes for maps in self.maps.values())

    def compact(self) -> ScoreMaps:
        """The same: maps are not compacted."""
        return self


def score_maps_of(bundle: Bundle | None) -> ScoreMaps | None:
    """The maps that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, ScoreMaps) else None
