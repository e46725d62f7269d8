"""Brownian paths that are refined, not drawn anew, when the number of steps is doubled."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from flowlab.core.document.arguments import whole
from flowlab.core.document.streams import Stream, numpy_rng


def brownian_increments(n: int, steps: int, seed: int) -> Tensor:
    """Increments (steps, n, 2) of n Brownian paths in the plane over [0, 1], in equal steps.

    With one seed, `steps`, 2 `steps`, 4 `steps`, ... show the same paths on finer grids, and the
    first paths don't depend on n. A step is halved by the Brownian bridge (Lévy's construction):
    given its increment D, the first half's is N(D / 2, h / 4) for each coordinate.
    """
    n, steps = whole(n, "n, how many paths,", 0), whole(steps, "The number of steps")
    coarse = steps // (steps & -steps)  # its odd part
    d = _normals(seed, coarse, 0, n, coarse) / math.sqrt(coarse)
    while d.shape[1] < steps:
        count = d.shape[1]
        half_spread = _normals(seed, coarse, count, n, count) / (2 * math.sqrt(count))
        d = np.stack([d / 2 + half_spread, d / 2 - half_spread], 2).reshape(n, 2 * count, 2)
    rows = np.ascontiguousarray(d.transpose(1, 2, 0), np.float32)
    return torch.from_numpy(rows).mT  # each coordinate contiguous, as solvers compute


def _normals(seed: int, coarse: int, level: int, n: int, count: int) -> np.ndarray:
    """Standard normal numbers (n, count, 2), those of the first paths first."""
    rng = numpy_rng(seed, Stream.BROWNIAN, coarse, level)
    return rng.standard_normal((n, count, 2), np.float32)
