"""The result of the view `likelihood`: maps of log p_1 on one grid; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

DIVERGENCE, HUTCHINSON, TRUE = "divergence", "hutchinson", "true"
TITLES = {
    DIVERGENCE: "Exact divergence",
    HUTCHINSON: "Hutchinson",
    TRUE: "True density",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class LikelihoodMaps:
    """log p at t = 1 on square cells: by the exact divergence, by Hutchinson, and the target's."""

    xs: Floats  # (W,) centres of the columns
    ys: Floats  # (H,) centres of the rows, upwards
    logs: dict[str, Floats]  # by the keys of `TITLES`, (H, W) each; without "true" if unknown
    cross: Floats  # (H, W); its size is the standard deviation of the estimate with one z
    vectors: int  # z that are averaged at each place
    means: dict[str, Estimate]  # mean log-likelihood of the same target samples, by the same keys
    gap: Estimate | None  # mean of true minus flow's over those samples, unless unknown
    missed: int  # of those samples come from where the source has no density
    steps: int
    exact: bool = False  # True if the exact velocity carries the paths
    condition: int | None = None  # the class whose velocity it is, of a conditional network

    def __post_init__(self) -> None:
        for array in (self.xs, self.ys, self.cross, *self.logs.values()):
            array.setflags(write=False)

    def compact(self) -> LikelihoodMaps:
        """Itself: maps take little memory compared with particles."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.cross.nbytes + sum(each.nbytes for each in self.logs.values())

    @property
    def cell(self) -> float:
        """The width of a cell."""
        return float(self.xs[1] - self.xs[0])

    @property
    def spread(self) -> float:
        """Standard deviation of the estimate with all its z, rms over the flow's own p_1."""
        p = np.exp(self.logs[DIVERGENCE].astype(float))
        square = float((p * np.square(self.cross)).sum() / max(float(p.sum()), 1e-300))
        return math.sqrt(square / self.vectors)

    def integral(self, which: str) -> float:
        """The integral of exp(log p) over the grid."""
        return float(np.exp(self.logs[which].astype(float)).sum()) * self.cell**2

    def at(self, x: float, y: float) -> dict[str, float] | None:
        """log p of each map in the cell that contains (x, y), and "sd" of the estimate there.

        None outside the grid.
        """
        i = math.floor((x - float(self.xs[0])) / self.cell + 0.5)
        j = math.floor((y - float(self.ys[0])) / self.cell + 0.5)
        if not (0 <= i < len(self.xs) and 0 <= j < len(self.ys)):
            return None
        deviation = abs(float(self.cross[j, i])) / math.sqrt(self.vectors)
        return {**{name: float(each[j, i]) for name, each in self.logs.items()}, "sd": deviation}


def likelihoods_of(bundle: Bundle | None) -> LikelihoodMaps | None:
    """The likelihoods that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, LikelihoodMaps) else None
