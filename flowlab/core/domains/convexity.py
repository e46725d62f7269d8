"""What kind of walls these are: convex or not, around one room or several."""

from __future__ import annotations

import numpy as np

from flowlab.core.domains.domain import Domain


def convex(domain: Domain) -> bool:
    """True if the line between any two points inside lies inside."""
    if len(domain.rings) > 1:
        return False
    edge = np.diff(domain.rings[0], axis=0, append=domain.rings[0][:1])
    turn = edge[:, 0] * np.roll(edge[:, 1], -1) - edge[:, 1] * np.roll(edge[:, 0], -1)
    return bool((turn >= -1e-12 * domain.size**2).all())


def room_count(domain: Domain) -> int:
    """How many separate rooms there are."""
    return 1 + max(getattr(domain, "ring_rooms", (0,)))
