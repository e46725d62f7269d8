"""Schedules the figures of the metrics panel so that training is hardly slowed."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.metrics.floors import Distance, NoiseFloor
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.work.exact import exact_inputs
from flowlab.work.figures import GAUGES, ByTime, Figure
from flowlab.work.latest_request import ShouldStop, Superseded
from flowlab.work.live_metrics import fresh, reference
from flowlab.work.model import Model
from flowlab.work.panel_metrics import READERS, FloorOf, Subject
from flowlab.work.status import Measures

QUICK = 0.015  # seconds for quick figures; with the live metrics, a measurement takes 30 ms
_BELIEVED = ("sliced", "energy", "mmd", "learned")  # taken as quick until measured
_PAIRS = 8  # of independent sample sets, for a noise floor


class MetricsScheduler:
    """The wanted figures, their newest values, and which to compute next."""

    def __init__(self) -> None:
        self.figures: Mapping[str, Figure] = {}
        self.by_time: ByTime | None = None
        self._wanted: tuple[str, ...] = ()
        self._subject: Subject | None = None
        self._inputs: Document | None = None
        self._done: set[str] = set()
        self._spent: dict[str, float] = {}  # seconds of work that each took last, with one pair
        self._turn = 0
        self._computed_at: dict[str, float] = {}
        self._floors = Floors()

    def want(self, names: Sequence[str]) -> None:
        """Set the wanted figures; raises `Invalid` for a name that isn't in `GAUGES`."""
        unknown = [name for name in names if name not in GAUGES]
        if unknown:
            raise Invalid(f"There is no figure {unknown[0]!r}; try {', '.join(GAUGES)}.")
        self._wanted = tuple(names)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The wanted figures."""
        return self._wanted

    def forget(self) -> None:
        """Drop all figures, for another document."""
        self.figures, self.by_time, self._subject, self._inputs = {}, None, None, None

    def take(self, model: Model, bundle: Bundle, measures: Measures) -> None:
        """Set what to measure; figures of another exact problem are dropped."""
        inputs, before = exact_inputs(model.document), self._subject
        if inputs != self._inputs:
            self.forget()
            self._inputs = inputs
        if before is None or before.model is not model or before.bundle is not bundle:
            self._done = set()
        self._subject = Subject(model, bundle, measures)

    def glance(self) -> None:
        """While training: compute as many quick figures as there is time for, in turn."""
        if self._subject is None:
            return
        left = QUICK
        quick = [name for name in self._wanted if self._is_quick(name)]
        for _ in quick:
            name = quick[self._turn % len(quick)]
            left -= self._spent.get(name, QUICK)
            if left < 0:
                break
            self._turn += 1
            self._compute(name, self._subject, pairs=1)

    def since(self, seconds: float) -> Mapping[str, Figure]:
        """The figures that were computed in the last `seconds`."""
        first = time.monotonic() - seconds
        known = [name for each, at in self._computed_at.items() if at > first
                 for name in GAUGES[each]]  # fmt: skip
        return {name: self.figures[name] for name in known if name in self.figures}

    def study(self, cancelled: ShouldStop) -> None:
        """While nothing trains: compute all figures that aren't of the newest bundle, quick first.

        Raises `Superseded` as soon as it is cancelled; figures computed until then stay.
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
        self._computed_at[name] = time.monotonic()
        step = subject.model.weights.step
        figures = {k: replace(v, step=step) for k, v in made.items() if isinstance(v, Figure)}
        self.figures = {**self.figures, **figures}
        if name == "learned":
            curves = made.get("by_time")
            self.by_time = curves if isinstance(curves, ByTime) else None


class Floors:
    """Noise floors: distances of fresh samples to the reference, more at each call until enough.

    The reference is that of the arrivals, so that both sides of a comparison share it.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[str, Shape, int], list[float]] = {}
        self.surplus = 0.0  # seconds of work on all pairs but the first of each look

    def maker(self, name: str, pairs: int, cancelled: ShouldStop) -> FloorOf:
        """A function that adds at most `pairs` pairs of sample sets and returns the noise floor."""

        def floor(distance: Distance, end: Shape, n: int) -> NoiseFloor:
            values = self._known(name, end, n)
            before, wanted = len(values), min(_PAIRS, len(values) + pairs)
            began = time.thread_time()
            while len(values) < wanted and not (values and cancelled()):
                if len(values) == before + 1:
                    began = time.thread_time()
                values.append(distance(fresh(end, n, len(values)), reference(end, n)))
            if len(values) > before + 1:
                self.surplus += time.thread_time() - began
            return NoiseFloor.of(values, n)

        return floor

    def _known(self, name: str, end: Shape, n: int) -> list[float]:
        if len(self._values) > 64:
            self._values.clear()
        return self._values.setdefault((name, end, n), [])
