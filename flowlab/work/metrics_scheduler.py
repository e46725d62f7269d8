"""Whose turn it is among the figures of the metrics panel, so that training hardly notices."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.metrics.floors import Distance, NoiseFloor
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.work.exact import physics
from flowlab.work.figures import GAUGES, ByTime, Figure
from flowlab.work.latest_request import ShouldStop, Superseded
from flowlab.work.model import Model
from flowlab.work.panel_metrics import READERS, FloorOf, Subject
from flowlab.work.status import Measures

QUICK = 0.015  # seconds of a look: with what is measured anyway, it stays within 30 ms
_REST = 30.0  # while training, a slow figure is followed by so many times its time without one
_LEAST_REST = 4.0  # seconds
_BELIEVED = ("sliced", "energy", "mmd", "learned")  # quick, until found to be slow
_PAIRS = 8  # of fresh samples, for a noise floor


class MetricsScheduler:
    """Which figures are wanted, what is known of them, and whose turn it is."""

    def __init__(self) -> None:
        self.found: Mapping[str, Figure] = {}
        self.by_time: ByTime | None = None
        self._wanted: tuple[str, ...] = ()
        self._subject: Subject | None = None
        self._physics: Document | None = None
        self._done: set[str] = set()
        self._spent: dict[str, float] = {}  # seconds of work that each took last, with one pair
        self._turn = 0
        self._slow_due = 0.0
        self._floors = Floors()

    def want(self, names: Sequence[str]) -> None:
        """These and no others; raises `Invalid` for a name that is none of `GAUGES`."""
        unknown = [name for name in names if name not in GAUGES]
        if unknown:
            raise Invalid(f"There is no figure {unknown[0]!r}; try {', '.join(GAUGES)}.")
        self._wanted = tuple(names)

    @property
    def wanted(self) -> tuple[str, ...]:
        """What somebody looks at."""
        return self._wanted

    def forget(self) -> None:
        """Another document was opened."""
        self.found, self.by_time, self._subject, self._physics = {}, None, None, None

    def take(self, model: Model, bundle: Bundle, measures: Measures) -> None:
        """What to measure from now on; figures of other shapes, paths or pairs are dropped."""
        own, before = physics(model.document), self._subject
        if own != self._physics:
            self.forget()
            self._physics = own
        if before is None or before.model is not model or before.bundle is not bundle:
            self._done = set()
        self._subject = Subject(model, bundle, measures)

    def glance(self, cancelled: ShouldStop) -> None:
        """While training: as many quick figures as there is time for, in turn, or one slow one."""
        if self._subject is None:
            return
        subject = replace(self._subject, cancelled=cancelled)
        quick = [name for name in self._wanted if self._is_quick(name)]
        slow = [name for name in self._wanted if name not in quick]
        if slow and time.monotonic() >= self._slow_due:
            name = min(slow, key=self._age)
            self._compute(name, subject, pairs=1)
            self._slow_due = time.monotonic() + max(_LEAST_REST, _REST * self._spent[name])
        else:
            self._hurry(quick, subject)

    def _hurry(self, quick: list[str], subject: Subject) -> None:
        left = QUICK
        for _ in quick:
            name = quick[self._turn % len(quick)]
            left -= self._spent.get(name, QUICK)
            if left < 0:
                break
            self._turn += 1
            self._compute(name, subject, pairs=1)

    def study(self, cancelled: ShouldStop) -> None:
        """While nothing trains: all that are not yet of the newest picture, the quick ones first.

        Raises `Superseded` as soon as it is cancelled; what was found until then is kept.
        """
        if self._subject is None:
            return
        subject = replace(self._subject, cancelled=cancelled)
        for name in sorted(self._wanted, key=lambda each: not self._is_quick(each)):
            if name not in self._done and name in self._wanted:
                if cancelled():
                    raise Superseded
                self._compute(name, subject, pairs=_PAIRS)
                self._done.add(name)

    def _is_quick(self, name: str) -> bool:
        return self._spent.get(name, 0.0 if name in _BELIEVED else math.inf) <= QUICK

    def _age(self, name: str) -> int:
        """The training step that the figures are of; -1 where there are none yet."""
        known = self.found.get(GAUGES[name][0])
        return -1 if known is None else known.step

    def _compute(self, name: str, subject: Subject, pairs: int) -> None:
        began = time.thread_time()
        self._floors.surplus = 0.0
        try:
            made = READERS[name](subject, self._floors.maker(name, pairs, subject.cancelled))
        except Invalid as error:
            made = dict.fromkeys(GAUGES[name], Figure(note=str(error)))
        except (Cancelled, Superseded):
            raise Superseded from None
        except Exception as error:  # a figure must not take the picture with it
            why = f"This could not be computed: {error}".splitlines()[0]
            made = dict.fromkeys(GAUGES[name], Figure(note=why))
        self._spent[name] = time.thread_time() - began - self._floors.surplus
        step = subject.model.weights.step
        figures = {k: replace(v, step=step) for k, v in made.items() if isinstance(v, Figure)}
        self.found = {**self.found, **figures}
        if name == "learned":
            curves = made.get("by_time")
            self.by_time = curves if isinstance(curves, ByTime) else None


class Floors:
    """Distances between fresh samples, a few more at each look until there are enough."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, Shape, int], list[float]] = {}
        self.surplus = 0.0  # seconds of work on all pairs but the first of each look

    def maker(self, name: str, pairs: int, cancelled: ShouldStop) -> FloorOf:
        """What takes at most `pairs` further pairs and says what is known then."""

        def floor(distance: Distance, end: Shape, n: int) -> NoiseFloor:
            values = self._known(name, end, n)
            before, wanted = len(values), min(_PAIRS, len(values) + pairs)
            began = time.thread_time()
            while len(values) < wanted and not (values and cancelled()):
                if len(values) == before + 1:
                    began = time.thread_time()
                rng = torch_rng(0, Stream.FLOOR_PAIRS, len(values))
                law = build(end)
                values.append(distance(law.sample(n, rng), law.sample(n, rng)))
            if len(values) > before + 1:
                self.surplus += time.thread_time() - began
            return NoiseFloor.of(values, n)

        return floor

    def _known(self, name: str, end: Shape, n: int) -> list[float]:
        if len(self._values) > 64:
            self._values.clear()
        return self._values.setdefault((name, end, n), [])
