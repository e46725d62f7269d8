"""The time used by the parts of each frame, for the developer overlay and `flowlab bench`.

A fixed schedule has a tick every 1/60 s. The lateness of a tick is its time minus its scheduled
time; slots that pass before a tick begins are counted as missed.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FRAME = 1 / 60  # seconds
KEPT = 600  # frames stored: ten seconds


@dataclass(slots=True)
class Cost:
    """One frame, in seconds: its tick's work, painting the canvas, and all painting."""

    begun: float
    late: float
    work: float = 0.0
    paint: float = 0.0
    shown: float = 0.0  # painting the whole window and showing it on the screen

    @property
    def rest(self) -> float:
        """The time for painting everything except the canvas."""
        return max(0.0, self.shown - self.paint)

    @property
    def total(self) -> float:
        """The time for the whole frame."""
        return self.work + self.paint + self.rest


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A summary of several frames, in milliseconds except for the rates."""

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
    """Records when ticks begin and end, and the painting times."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.count = 0  # all frames painted so far
        self.first: float | None = None  # time of the first frame
        self.costs: deque[Cost] = deque(maxlen=KEPT)
        self._missed: deque[float] = deque(maxlen=KEPT)

    def begin(self, due: float) -> float:
        """Record that a tick begins, which was due at `due`; return when the next one is due."""
        now = self.clock()
        self.costs.append(Cost(now, now - due))
        slots = max(1, math.floor((now - due) / FRAME) + 1)
        self._missed.extend([now] * min(slots - 1, KEPT))
        return due + slots * FRAME

    @property
    def missed_at(self) -> tuple[float, ...]:
        """The times of ticks that came after missed slots, by the budget's clock."""
        return tuple(self._missed)

    def end(self) -> None:
        """Record that the tick's own work is done; painting follows."""
        cost = self.costs[-1]
        cost.work = self.clock() - cost.begun

    def painted(self, seconds: float) -> None:
        """Record the time for painting the canvas."""
        self.count += 1
        if self.first is None:
            self.first = self.clock()
        if self.costs:
            self.costs[-1].paint += seconds

    def shown(self, seconds: float) -> None:
        """Record the time for painting the window with its canvas and showing it on the screen."""
        if self.costs:
            self.costs[-1].shown += seconds

    def clear(self) -> None:
        """Drop all recorded frames."""
        self.costs.clear()
        self._missed.clear()

    def figures(self, seconds: float = math.inf) -> Figures:
        """Summarise the frames of the last `seconds`."""
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
    """The smallest value, in milliseconds, that at least `share` of all don't exceed."""
    return 1e3 * sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]
