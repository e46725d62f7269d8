"""The plan of the view `race`: the same starts by every solver, at one budget."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.threads import carrying_threads
from flowlab.core.stochastic.drift import why_no_sde
from flowlab.core.stochastic.possible import takes_exact_score
from flowlab.core.stochastic.race.adaptive import carried_nearest, tolerance_of
from flowlab.core.stochastic.race.cache import Known, costs, known_of
from flowlab.core.stochastic.race.carrying import (
    Carried,
    Carrier,
    OverBudget,
    carried_adaptively,
    carried_within,
    steps_within,
)
from flowlab.core.stochastic.race.orders import IN_ORDERS, orders_of
from flowlab.core.stochastic.race.results import ADAPTIVE, LANES, Lane, Order, Race
from flowlab.core.stochastic.race.timing import cost_of
from flowlab.core.stochastic.settings import MOST_EVALUATIONS, SDE_METHODS
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.marginal_samples import marginals_of
from flowlab.core.views.marginals import Marginals
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of, start_of

PARTICLES = 1000  # of a lane at most, all of which its distance is measured on
_COARSE = 250  # while the budget is dragged
_FRESH_KNOTS = 33
_SEARCHED = 3  # runs of Dormand-Prince to find its tolerance


def race(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The particles by each solver, each with what comes nearest below the document's budget.

    Returns the bundle of the first lane, its `extra` the `Race`. Orders of convergence are computed
    when nothing trains, after a coarse answer without them. Raises `Cancelled`, or `Invalid` where
    an end cannot be built.
    """
    began = time.perf_counter()
    flow, exact, note = flow_shown(document, field)
    most = _COARSE if options.coarse else PARTICLES
    held = replace(options, particles=min(options.particles or document.view.particles, most))
    x, labels = start_of(document, held, bool(classes_of(field)) and not exact)
    classes = () if exact else classes_of(field)
    told = torch.from_numpy(labels) if classes and labels is not None else None
    condition = None if told is None else told.to(getattr(field, "device", "cpu"))
    why = why_no_sde(document, flow)
    carrier = Carrier(flow, document, x, condition, options.cancelled)
    runner = _Runner(carrier, known_of(flow, document, exact), exact)
    methods = [name for name in LANES if name not in SDE_METHODS or not why]
    lanes = runner.lanes(methods, options)
    marginals = marginals_of(document.source, document.target, document.path, document.seed, len(x))
    ends = ends_of(document, options)

    def dressed(bundle: Bundle) -> Bundle:
        of = labels if bundle.count else None
        bundle = replace(bundle, labels=of, classes=classes, **ends)
        return replace(bundle, arrivals=arrivals_of(document, bundle))

    extra = _measured([replace(lane, bundle=dressed(lane.bundle)) for lane in lanes],
                      marginals, document)  # fmt: skip
    orders, more = ((), 0.0) if options.coarse or options.training else runner.orders(methods)
    extra = replace(extra, orders=orders, why_no_sde=why, exact=exact,
                    fresh=replace(extra.fresh, **ends))  # fmt: skip
    first = next((lane.bundle for lane in extra.lanes if lane.bundle.count), extra.lanes[0].bundle)
    return replace(first, extra=extra, exact_note=note, seconds=time.perf_counter() - began + more)


def evaluations(document: Document) -> int:
    """How many velocities a particle of the view's takes in all lanes and orders, about."""
    settings, particles = document.stochastic, document.view.particles
    budget = settings.race_evaluations
    if settings.race_by == "milliseconds":
        budget = min(MOST_EVALUATIONS, round(settings.race_milliseconds))  # one takes about 1 ms
    lanes = (len(LANES) + _SEARCHED) * budget * min(PARTICLES, particles)
    return max(1, (lanes + IN_ORDERS) // particles)


@dataclass(frozen=True, eq=False)
class _Runner:
    """Carries the lanes, each unless it is cached."""

    carrier: Carrier
    known: Known
    exact: bool

    @cached_property
    def _key(self) -> tuple[object, ...]:
        """What lanes depend on beside the velocity and their steps."""
        document, n = self.carrier.document, len(self.carrier.x)
        settings = document.stochastic
        noise = settings.eps, settings.level_shape, takes_exact_score(document)
        return n, document.seed, document.solver.direction, *noise, document.source, document.target

    def lanes(self, methods: list[str], options: PlanOptions) -> list[Lane]:
        """The lanes of these solvers, some at a time where there are cores for it."""
        timed = self.carrier.document.stochastic.race_by == "milliseconds"
        found = {name: self._cost(name) if timed else None for name in methods}
        with carrying_threads(options.workers) as pool:
            running = [pool.submit(self._lane, name, cost) for name, cost in found.items()]
            return [each.result() for each in running]

    def orders(self, methods: list[str]) -> tuple[tuple[Order, ...], float]:
        """The orders of the solvers, cached, and the seconds that the cache saved.

        With those a picture counts as slow, so that a coarse one leads whenever they may be due.
        """
        saved, key = True, (*self._key, *methods)

        def make() -> tuple[tuple[Order, ...], float]:
            nonlocal saved
            saved, began = False, time.perf_counter()
            made = orders_of(self.carrier, methods, exact=self.exact)
            return made, time.perf_counter() - began

        orders, seconds = self.known.orders.get(key, make)
        return orders, seconds if saved else 0.0

    def _lane(self, method: str, cost: float | None) -> Lane:
        carried = self._adaptive(cost) if method == ADAPTIVE else self._fixed(method, cost)
        return Lane(
            method=method,
            bundle=carried.bundle,
            steps=carried.steps,
            evaluations=carried.evaluations,
            tolerance=carried.tolerance,
            cost=cost,
        )

    def _fixed(self, method: str, cost: float | None) -> Carried:
        evaluations = self._budget(cost)
        key = *self._key, method, steps_within(method, evaluations)
        return self.known.lanes.get(key, lambda: carried_within(self.carrier, method, evaluations))

    def _adaptive(self, cost: float | None) -> Carried:
        evaluations = self._budget(cost)
        return carried_nearest(lambda k: self._with_tolerance(k, evaluations), evaluations)

    def _with_tolerance(self, k: int, evaluations: int) -> Carried | None:
        """Dormand-Prince's run with a tolerance; None if it takes more evaluations."""
        key = *self._key, ADAPTIVE, k
        if evaluations <= self.known.short.get(key, 0):
            return None

        def make() -> Carried:
            made = carried_adaptively(self.carrier, tolerance_of(k), evaluations)
            if made is None:
                raise OverBudget
            return made

        try:
            run = self.known.lanes.get(key, make)
        except OverBudget:
            self.known.short[key] = evaluations
            return None
        return run if run.evaluations <= evaluations else None

    def _budget(self, cost: float | None) -> int:
        settings = self.carrier.document.stochastic
        if cost is None:
            return settings.race_evaluations
        return min(MOST_EVALUATIONS, int(settings.race_milliseconds / cost))

    def _cost(self, method: str) -> float:
        """Milliseconds of an evaluation, measured once for the kind of velocity."""
        document, carrier = self.carrier.document, replace(self.carrier, cancelled=None)
        kind: tuple[object, ...] = (document.network, type(document.source), type(document.target))
        if self.exact:
            kind = document.source, document.target
        key = method, len(carrier.x), self.exact, document.path, *kind
        return costs.get(key, lambda: cost_of(carrier, method))


def _measured(lanes: list[Lane], marginals: Marginals, document: Document) -> Race:
    """The lanes with their distances to exact samples of the end."""
    forward = document.solver.direction == "forward"
    t = 1.0 if forward else 0.0
    clouds = [np.asarray(lane.bundle.points[-1 if forward else 0]) for lane in lanes]
    meter = marginals.meter(clouds, t)
    moves = is_independent(document.coupling)
    times = np.linspace(0, 1, _FRESH_KNOTS, dtype=np.float32) if moves else np.array([0, 1.0])
    fresh = Bundle(
        times=times.astype(np.float32),
        points=np.stack([marginals.at(float(at) if moves else t)[0] for at in times]),
        direction=document.solver.direction,
    )
    return Race(
        lanes=tuple(
            replace(lane, distance=value) for lane, value in zip(lanes, meter.values, strict=True)
        ),
        fresh=fresh,
        fresh_moves=moves,
        floor=meter.floor,
        spread=meter.spread,
    )
