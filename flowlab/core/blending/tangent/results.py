"""Tangent fields D(x, alpha) on a grid at several alphas; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle, FieldFrames


@dataclass(frozen=True, eq=False, kw_only=True)
class Tangents:
    """The field averaged on a grid from samples, and the exact and the learned field there.

    All frames have the same times (T,), xs (W,) and ys (H,). NaN is blank: no pair fell into the
    cell, or the cell lies outside the support.
    """

    estimate: FieldFrames  # mean of x1 - x0 over the pairs of each cell
    count: Floats  # (T, H, W) pairs in each cell
    stderr: Floats  # (T, H, W) standard error of the mean, of its length; NaN where unknown
    exact: FieldFrames | None = None
    density: Floats | None = None  # (T, H, W) exact p_alpha, where the exact field is known
    learned: FieldFrames | None = None
    errors: dict[str, Floats] | None = None
    # for "estimate", "learned" and "noise" (the estimate's error expected from `stderr`): (T,), rms
    # error against the exact field, weighted by p_alpha, relative to the exact rms speed
    angles: dict[str, Floats] | None = None  # likewise the median angle to it in degrees, (T,)
    note: str = ""  # how the exact field is known, or why it isn't

    def __post_init__(self) -> None:
        for array in (self.count, self.stderr, self.density):
            if array is not None:
                array.setflags(write=False)

    def shown(self, which: str) -> FieldFrames | None:
        """The frames of "estimate", "exact" or "learned"; None where that field is missing."""
        frames: FieldFrames | None = getattr(self, which, None)
        return frames

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all fields, including those shared with other bundles."""
        frames = (self.estimate, self.exact, self.learned)
        values = [f.values for f in frames if f is not None]
        density = [] if self.density is None else [self.density]
        return sum(array.nbytes for array in (*values, *density, self.count, self.stderr))

    def compact(self) -> Self:
        """Itself: the fields take little memory compared with particles."""
        return self


def tangents_of(bundle: Bundle | None) -> Tangents | None:
    """The tangent fields that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Tangents) else None
