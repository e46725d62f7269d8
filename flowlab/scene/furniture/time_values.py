"""What a picture with time across is drawn from: plain arrays, and the colours of their meaning."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour

CAPPED = 2.5  # of the median over time of the highest density: colours tell no more above it


@dataclass(frozen=True, eq=False, kw_only=True)
class DensityTable:
    """A density over time and one coordinate, and its present section."""

    times: Doubles  # (T,), evenly spaced from 0 to 1
    x: Doubles  # (H,) centres of cells, from the bottom up
    values: Floats  # (T, H); NaN where it isn't known
    now: Floats  # (H,) at the picture's t
    samples: int  # that it is estimated from; 0 if it is exact

    @property
    def peak(self) -> float:
        """The highest value that is known."""
        return float(np.nanmax(self.values, initial=0.0))

    @property
    def top(self) -> float:
        """The density of the strongest colour."""
        highest = np.nanmax(self.values, axis=1, initial=0.0)
        return max(min(self.peak, CAPPED * float(np.median(highest))), 1e-12)


@dataclass(frozen=True, eq=False, kw_only=True)
class Strand:
    """One process: the paths of a few particles, and where all of them are now."""

    title: str
    colour: Colour  # in the key and of its histogram
    look: str  # SMOOTH, JAGGED, BROKEN or DOTTED
    times: Floats  # (S,) of the paths
    paths: Floats  # (S, n)
    here: Floats  # (n,) now
    cloud: Floats  # (N,) of all particles, now


@dataclass(frozen=True, eq=False, kw_only=True)
class TimePlane:
    """All that the picture shows; without processes, only its axes."""

    key: Hashable  # of everything but the present
    name: str  # of the coordinate
    reach: tuple[float, float]  # lowest and highest coordinate shown
    density: DensityTable | None
    strands: Sequence[Strand]
    colours: Sequence[Colour]  # (n,) of the paths, the same in every process
    ends: tuple[Colour, Colour]  # of the places at t = 0 and t = 1
    bold: Sequence[int] = ()  # rows of paths that are pointed at, or pinned
    marks: Sequence[Doubles] = ()  # for each path the t and coordinate (m, 2) of its bounces
    walls: tuple[float, ...] = ()  # coordinates that no path passes


def ground_of(stage: Stage, density: DensityTable | None) -> Colour:
    """The density's colour: green where it is exact, neutral where it is estimated."""
    exact = density is not None and not density.samples
    return stage.theme.exact if exact else stage.theme.dim
