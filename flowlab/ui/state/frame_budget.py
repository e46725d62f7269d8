"""Where the time of each frame goes: what the developer overlay shows and `flowlab bench` reports.

A fixed schedule has a tick every 1/60 s. The lateness of a tick is its time minus the scheduled
one; slots that pass while a tick is still awaited are missed, and counted.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FRAME = 1 / 60  # seconds
KEPT = 600  # frames remembered: ten seconds


@dataclass(slots=True)
class Cost:
    """One frame, in seconds: its tick's work, painting the canvas, and all painting."""

    begun: float
    late: float
    work: float = 0.0
    paint: float = 0.0
    shown: float = 0.0  # painting the whole window and bringing it to the screen

    @property
    def rest(self) -> float:
        """The painting that is not the canvas's."""
        return max(0.0, self.shown - self.paint)

    @property
    def total(self) -> float:
        """What all of it took."""
        return self.work + self.paint + self.rest


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Several frames summed up, in milliseconds but for the rates."""

    frames_per_second: float = 0.0
    missed: int = 0
    work: float = 0.0  # medians
    paint: float = 0.0
    rest: float = 0.0
    total: float = 0.0
    total_p99: float = 0.0
    late_p50: float = 0.0
    late_p99: float = 0.0
    late_max: float = 0.0


class FrameBudget:
    """Is told when a tick begins and ends, and what painting took."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.count = 0  # frames painted, ever
        self.first: float | None = None  # when the first of them was
        self.costs: deque[Cost] = deque(maxlen=KEPT)
        self._missed: deque[float] = deque(maxlen=KEPT)

    def begin(self, due: float) -> float:
        """A tick begins that was due then; returns when the next one is due."""
        now = self.clock()
        self.costs.append(Cost(now, now - due))
        slots = max(1, math.floor((now - due) / FRAME) + 1)
        self._missed.extend([now] * min(slots - 1, KEPT))
        return due + slots * FRAME

    @property
    def missed_at(self) -> tuple[float, ...]:
        """When the ticks came before which a slot had passed, by the budget's clock."""
        return tuple(self._missed)

    def end(self) -> None:
        """The tick's own work is done; painting follows."""
        cost = self.costs[-1]
        cost.work = self.clock() - cost.begun

    def painted(self, seconds: float) -> None:
        """The canvas has been painted."""
        self.count += 1
        if self.first is None:
            self.first = self.clock()
        if self.costs:
            self.costs[-1].paint += seconds

    def shown(self, seconds: float) -> None:
        """The window, with the canvas in it, has been painted and brought to the screen."""
        if self.costs:
            self.costs[-1].shown += seconds

    def clear(self) -> None:
        """Forget the frames so far."""
        self.costs.clear()
        self._missed.clear()

    def figures(self, seconds: float = math.inf) -> Figures:
        """The frames of the last `seconds` summed up."""
        since = self.clock() - seconds
        costs = [cost for cost in self.costs if cost.begun >= since]
        if not costs:
            return Figures()
        late, totals = [c.late for c in costs], [c.total for c in costs]
        span = max(costs[-1].begun - costs[0].begun, FRAME)
        return Figures(
            frames_per_second=sum(c.paint > 0 for c in costs[1:]) / span,
            missed=sum(at >= since for at in self._missed),
            work=_quantile([c.work for c in costs], 0.5),
            paint=_quantile([c.paint for c in costs], 0.5),
            rest=_quantile([c.rest for c in costs], 0.5),
            total=_quantile(totals, 0.5),
            total_p99=_quantile(totals, 0.99),
            late_p50=_quantile(late, 0.5),
            late_p99=_quantile(late, 0.99),
            late_max=_quantile(late, 1.0),
        )


def _quantile(seconds: list[float], share: float) -> float:
    """The smallest value, in milliseconds, that at least `share` of all do not exceed."""
    return 1e3 * sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]
