"""A known density on a lattice, as pictures draw it; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.distributions.bilinear import read_lattice
from flowlab.core.document.shapes import Shape
from flowlab.core.views.query import Query


@dataclass(frozen=True)
class DensityQuery(Query["DensityMap | None"]):
    """The density of a shape, None where it isn't known; `key` names the shape's use."""

    key: str
    shape: Shape


@dataclass(frozen=True, eq=False, kw_only=True)
class DensityMap:
    """The density of a shape, in probability per unit area, at the centres of square cells."""

    shape: Shape
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
