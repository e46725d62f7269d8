"""What a story has to know of the walls there are, also while there is no picture of them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from flowlab.core.document.limits import Invalid
from flowlab.core.domains.convexity import convex, room_count
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.settings import Reflected

OWN_SHARES = (
    " These are separate rooms: uniform particles have the share of each room’s area in it, and "
    "keep it. So they can’t come to data that have other shares."
)


class WallKind(NamedTuple):
    """Whether walls are convex, and how many separate rooms they enclose."""

    convex: bool = True
    rooms: int = 1


@lru_cache(maxsize=8)
def wall_kind(settings: Reflected) -> WallKind:
    """The kind of the walls; that of a square while they enclose nothing."""
    try:
        domain = walls_of(settings)
    except Invalid:
        return WallKind()
    return WallKind(convex(domain), room_count(domain))
