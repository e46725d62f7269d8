"""The maps of the views of the heat kernel and of likelihoods between walls; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints
from flowlab.core.reflected.results import Box
from flowlab.core.views.bundle import Bundle

METHODS = {"images": "Images", "harmonics": "Harmonics", "best": "Combined"}


@dataclass(frozen=True, eq=False, kw_only=True)
class HeatMaps:
    """p(x | x0) at several noise levels by both sums, and by the better of them."""

    times: Doubles  # (T,) ascending
    sigmas: Doubles  # (T,), falling
    xs: Floats  # (W,) centres of columns
    ys: Floats  # (H,) of rows, from below
    maps: dict[str, Floats]  # by method (T, H, W); NaN outside the walls
    errors: dict[str, Doubles]  # (T,) greatest difference from the best known, over the peak
    terms: dict[str, Ints]  # (T,)
    doubt: Doubles  # (T,) estimated error of the best, over the peak
    switch: float  # sigma from which on the harmonics are taken
    mismatch: float  # of both there, over the peak
    point: tuple[float, float]
    bounds: Box

    def at(self, t: float) -> int:
        """The number of the time nearest to t."""
        return int(np.abs(self.times - t).argmin())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(maps.nbytes for maps in self.maps.values())

    def compact(self) -> HeatMaps:
        """The same: maps are not compacted."""
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Tones:
    """Eigenfunctions of the Laplacian between walls without flux, slowest first."""

    numbers: tuple[int, ...]  # which ones, of all
    eigenvalues: Doubles  # of those
    xs: Floats
    ys: Floats
    values: Floats  # (k, H, W); NaN outside the walls
    known: int  # how many eigenvalues are known
    rooms: int  # how many of them are 0
    slowest: float  # the smallest of the others; 0 if none is known
    bounds: Box

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.values.nbytes

    def compact(self) -> Tones:
        """The same: maps are not compacted."""
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class WallLikelihood:
    """log p of the data between walls, by the flow and from the density itself."""

    xs: Floats  # (W,)
    ys: Floats  # (H,), from below
    logs: Floats  # (H, W), by the flow; NaN outside the walls
    truth: Floats  # (H, W)
    mass: float  # integral of the flow's density, where it isn't blank
    steps: int
    bounds: Box

    @property
    def gap(self) -> float:
        """The mean difference of both logarithms over the data."""
        known = np.isfinite(self.logs) & np.isfinite(self.truth)
        weight = np.exp(self.truth[known].astype(np.float64))
        apart = np.abs(self.logs[known] - self.truth[known])
        return float((weight * apart).sum() / max(float(weight.sum()), 1e-300))

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.logs.nbytes + self.truth.nbytes

    def compact(self) -> WallLikelihood:
        """The same: maps are not compacted."""
        return self


def wall_likelihood_of(bundle: Bundle | None) -> WallLikelihood | None:
    """The likelihoods that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, WallLikelihood) else None


def heat_maps_of(bundle: Bundle | None) -> HeatMaps | None:
    """The maps that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, HeatMaps) else None


def tones_of(bundle: Bundle | None) -> Tones | None:
    """The tones that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Tones) else None
