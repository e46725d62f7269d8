"""How many particles are in each of several separate rooms: nobody leaves the own one."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.domains import Domain
from flowlab.core.domains.convexity import room_count

MOMENTS = 9  # at which particles are counted


def shares_in_rooms(domain: Domain, points: Floats) -> Doubles:
    """The shares (m, R) of the particles (K, n, 2) in R rooms, at m times from first to last.

    R is 0 where there is one room only.
    """
    count = room_count(domain)
    if count == 1 or not points.shape[1]:
        return np.zeros((1, 0))
    moments = np.linspace(0, len(points) - 1, MOMENTS).round().astype(int)
    rooms = (domain.room_of(points[k].astype(float)) for k in moments)
    return np.array([np.bincount(room, minlength=count) / len(room) for room in rooms])
