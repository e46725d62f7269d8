"""What a race has computed for one velocity, so that a budget met again costs nothing."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.race.carrying import Carried
from flowlab.core.stochastic.race.results import Order
from flowlab.core.views.cache import LruCache

_LANES, _EXACT, _COSTS = 48, 4, 64


@dataclass(frozen=True, eq=False)
class Known:
    """Lanes, by what they depend on beside the velocity; and orders, with the seconds they took."""

    lanes: LruCache[Carried] = field(default_factory=lambda: LruCache(_LANES))
    orders: LruCache[tuple[tuple[Order, ...], float]] = field(default_factory=lambda: LruCache(2))
    short: dict[Hashable, int] = field(default_factory=dict)  # largest budget that didn't last


_learned: WeakKeyDictionary[Field, Known] = WeakKeyDictionary()
_exact: LruCache[Known] = LruCache(_EXACT)
costs: LruCache[float] = LruCache(_COSTS)  # milliseconds of an evaluation


def known_of(flow: Field, document: Document, exact: bool) -> Known:
    """What is known of a velocity: of one object of a network, or of the exact one of these ends.

    The lanes' own keys hold the rest.
    """
    if exact:
        ends = document.source, document.target, document.path, document.coupling
        return _exact.get(ends, Known)
    return _learned.setdefault(flow, Known())
