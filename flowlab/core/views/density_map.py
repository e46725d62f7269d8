"""Known densities on lattices, as pictures draw them; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Floats
from flowlab.core.distributions.bilinear import read_lattice
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_only_learned
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Shape
from flowlab.core.views.query import Query
from flowlab.core.views.registry import VIEWS

_STRAIGHT = Path()


@dataclass(frozen=True)
class DensityQuery(Query["DensityMap | None"]):
    """The density of a shape, None where it isn't known; `key` names the shape's use."""

    key: str
    shape: Shape


@dataclass(frozen=True)
class InterpolantQuery(Query["InterpolantDensity | None"]):
    """The density p_t of x_t between independent ends at many times, None if it isn't known."""

    source: Shape
    target: Shape
    path: Path


@dataclass(frozen=True, eq=False, kw_only=True)
class DensityMap:
    """A density, in probability per unit area, at the centres of square cells."""

    shape: Shape | None = None  # whose it is; None for that of x_t
    xs: Floats  # (W,)
    ys: Floats  # (H,), upwards
    values: Floats  # (H, W) float32

    def __post_init__(self) -> None:
        for array in (self.xs, self.ys, self.values):
            array.setflags(write=False)

    @property
    def cell(self) -> float:
        """The width of a cell."""
        return float(self.xs[1] - self.xs[0])

    def at(self, x: Floats, y: Floats) -> Floats:
        """Density (H', W') at columns x (W',) and rows y (H',) of the plane; 0 off the lattice."""
        column, row = (x - self.xs[0]) / self.cell, (y - self.ys[0]) / self.cell
        padded = np.pad(self.values, 1)  # so that it falls to 0 within a cell of the edge
        values: Floats = read_lattice(padded[None], column + 1, row + 1)[0]
        return values


@dataclass(frozen=True, eq=False, kw_only=True)
class InterpolantDensity:
    """The density p_t of x_t at each of many times, on square cells over its mass at that time."""

    query: InterpolantQuery
    times: Floats  # (T,) float64
    xs: Floats  # (T, W)
    ys: Floats  # (T, H), upwards
    values: Floats  # (T, H, W) float32
    resolved: Bools  # (T,), False where the cells are too coarse for p_t

    def __post_init__(self) -> None:
        for array in (self.times, self.xs, self.ys, self.values, self.resolved):
            array.setflags(write=False)

    def at(self, t: float) -> tuple[DensityMap, float] | None:
        """The density at the time nearest to t, and that time; None where it isn't resolved.

        It isn't interpolated in time: a mean of two densities is that of no x_t.
        """
        k = int(np.abs(self.times - t).argmin())
        if not self.resolved[k]:
            return None
        known = DensityMap(xs=self.xs[k], ys=self.ys[k], values=self.values[k])
        return known, float(self.times[k])


def interpolant_drawn(document: Document) -> InterpolantQuery | None:
    """The density p_t that the document's view draws; None where it draws no density, or another.

    It is that of the exact flow, and of blends of independent pairs on straight lines. A learned
    flow has another density, which is estimated from its particles.
    """
    row = VIEWS[document.view.name]
    view = row.seen(document.view)
    if not (view.show_density or view.show_contours):
        return None
    if row.blends:
        return InterpolantQuery(document.source, document.target, _STRAIGHT)
    if not row.compares or view.shows != "exact" or why_only_learned(document):
        return None
    return InterpolantQuery(document.source, document.target, document.path)
