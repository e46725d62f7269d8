"""One Brownian path for every number of steps, so that steps are the only difference of lanes."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from flowlab.core.solvers.brownian import brownian_increments

CELLS = 1280  # 5 * 2^8: 40, 80, 160, ... steps have the increments of `brownian_increments`


def knots_of(steps: int) -> list[int]:
    """The cells at which steps begin and end: as equal as whole cells allow."""
    return [(CELLS * i + steps // 2) // steps for i in range(steps + 1)]


def walk(n: int, steps: int, seed: int) -> tuple[list[float], Tensor]:
    """Times (steps + 1) from 0 to 1, and the increments (steps, n, 2) of n paths between them.

    Every number of steps reads the same paths, which lie on a grid of 1280 cells.
    """
    knots = knots_of(steps)
    return [k / CELLS for k in knots], _path(n, seed)[knots].diff(dim=0)


@lru_cache(maxsize=2)
def _path(n: int, seed: int) -> Tensor:
    """The paths (CELLS + 1, n, 2), which begin at 0."""
    dw = brownian_increments(n, CELLS, seed)
    return torch.cat([dw.new_zeros(1, n, 2), dw.cumsum(0)])
