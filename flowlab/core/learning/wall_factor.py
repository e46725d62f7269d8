"""The boundary factor A = I - phi n n^T of a score between walls, with phi = 1 on the walls.

Where n is the unit normal of the nearest wall, A takes away only the component normal to it, and
only near it: A s is tangent to the walls on them, as the exact score is (Neumann's condition).
Networks are trained with it, so that what is read is what was trained. In denoising that changes
the error by less than its spread over seeds; implicit score matching is wrong without it.
"""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains import Domain
from flowlab.core.domains.results import NearestWall

_LAYER, _WIDEST = 0.15, 0.02  # of sigma, and of the walls' size: where the walls are felt
_APART = 0.125  # of the layer's width: between the places of a difference


def layer_width(domain: Domain, sigma: Doubles) -> Doubles:
    """The distance (n,) from the walls within which the factor is felt, for noise sigma (n,)."""
    return np.minimum(_LAYER * sigma, _WIDEST * domain.size)


def normal_part(walls: NearestWall, width: Doubles) -> Doubles:
    """Rows m = sqrt(phi) n (n, 2) for points' nearest walls: A = I - m m^T."""
    root: Doubles = np.exp(-0.5 * (walls.distance / width) ** 2)[:, None] * walls.normal
    return root


def tangent(value: Doubles, m: Doubles) -> Doubles:
    """A v (n, 2) of vectors v (n, 2)."""
    made: Doubles = value - (m * value).sum(1)[:, None] * m
    return made


def divergence(domain: Domain, x: Doubles, width: Doubles) -> Doubles:
    """The divergence (n, 2) of the rows of phi n n^T at x (n, 2): phi' n + phi div(n n^T).

    The latter by central differences. In a corner n jumps from one wall's normal to the other's,
    which a derivative at a point misses; so much is missing that in a square the mean is off by
    several parts in a hundred. Differences over a short distance see it.
    """
    walls, apart = domain.nearest(x), _APART * width
    turn = np.zeros_like(x)
    for axis in (0, 1):
        for sign in (1.0, -1.0):
            moved = x.copy()
            moved[:, axis] += sign * apart
            n = domain.nearest(moved).normal
            turn += sign * (n[:, axis] / (2 * apart))[:, None] * n
    depth = walls.distance / width
    phi = np.exp(-(depth**2))
    rows: Doubles = phi[:, None] * (turn - (2 * depth / width)[:, None] * walls.normal)
    return rows
