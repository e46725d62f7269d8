"""Shapes that several tests look at."""

from __future__ import annotations

import numpy as np

from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Grid, Mixture, Polygon

TRIANGLE = Polygon(vertices=((-3.0, -1.0), (-1.0, -1.5), (-1.5, 1.0)))
SQUARE = Polygon(vertices=((0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)))
TILTED = Mixture(
    means=((-2.0, -1.0), (2.0, 0.5)), covs=((0.5, 0.3, 0.4), (0.2, -0.1, 1.0)), weights=(1.0, 2.0)
)
ARC = np.column_stack([np.linspace(-3, 3, 40), np.sin(np.linspace(-3, 3, 40)), np.ones(40)])
RIDGE = Grid(density=Array(np.outer([1, 2, 4, 1], [3, 0, 1, 2, 5])), extent=(-3.0, -1.0, -2.0, 1.0))
