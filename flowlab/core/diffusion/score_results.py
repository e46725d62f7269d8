"""Scores learned in several ways at one noise level, as training goes on; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

EXACT, ENERGY = "exact", "energy"
WAYS = {
    "implicit": "Implicit",
    "sliced": "Sliced",
    "denoising": "Denoising",
    "conditioned": "Noise-conditioned",
    ENERGY: "Energy network",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedScore:
    """A score that a network has learned, after each of some numbers of steps."""

    arrows: Floats  # (T, n, 2), the scores at the places of all arrows
    error: Floats  # (T, rows, columns) |s - exact| on the cells; NaN where hardly any data are
    relative: tuple[Estimate, ...]  # (T) rms of s - exact over p_sigma, over that of the exact one
    curl: Estimate  # of the last network, root mean square over p_sigma
    at: Doubles  # (B,) the middle steps of blocks
    losses: Doubles  # (B,) mean loss of each block
    late: Estimate  # mean loss of the last steps
    least: Estimate  # the loss of the exact score


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyDensity:
    """What an energy network has learned, as a density exp(f)/Z."""

    maps: Floats  # (T, rows, columns) on the cells
    log_z: float  # of the last network
    z_error: float  # relative, of its quadrature
    overlap: float  # the integral of min(exp(f)/Z, p_sigma)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreFits:
    """All of `WAYS` beside the exact score; t is the share of the training steps that are made."""

    sigma: float
    sigmas: tuple[float, float]  # of the noise-conditioned one
    steps: int  # of each training
    times: Doubles  # (T,) at which networks are known
    xs: Floats  # (columns,) centres of the cells of maps
    ys: Floats  # (rows,) upwards
    density: Floats  # (rows, columns), p_sigma
    places: Floats  # (n, 2) of arrows, where data are
    spacing: float  # of those
    exact: Floats  # (n, 2), the exact score there
    size: float  # its root mean square over p_sigma
    fits: dict[str, FittedScore]  # by `WAYS`
    energy: EnergyDensity

    def nearest(self, t: float) -> int:
        """The number of the time nearest to t."""
        return int(np.abs(self.times - t).argmin())

    def step(self, t: float) -> int:
        """The number of steps after which the networks nearest to t are known."""
        return round(self.steps * float(self.times[self.nearest(t)]))

    def compact(self) -> ScoreFits:
        """Itself, which is small."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        known = sum(fit.arrows.nbytes + fit.error.nbytes for fit in self.fits.values())
        return known + self.energy.maps.nbytes + self.density.nbytes + self.exact.nbytes


def fits_of(bundle: Bundle | None) -> ScoreFits | None:
    """The scores that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, ScoreFits) else None
