"""Sums of Gaussians about given images, those nearest to the start first."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.dense import product


def nearest(places: Doubles, x0: Doubles, terms: int) -> Doubles:
    """The `terms` images nearest to x0 (1, 2), which is the first of them."""
    squares = ((places - x0) ** 2).sum(1)
    return places[np.argsort(squares, kind="stable")[:terms]]


def gaussians_on_grid(xs: Doubles, ys: Doubles, places: Doubles, tau: float) -> Doubles:
    """The sum (H, W), at columns xs and rows ys, of Gaussians of variance 2 tau about places."""
    along, up = (
        np.exp(-((ticks[:, None] - places[:, i]) ** 2) / (4 * tau))
        for i, ticks in ((0, xs), (1, ys))
    )
    return product(up, np.ascontiguousarray(along.T)) / (4 * math.pi * tau)
