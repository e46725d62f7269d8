"""Groups `stochastic` and `morphing`: what ODE and SDE side by side cost beside their network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch

from flowlab.bench.curves import slope
from flowlab.bench.effort import Effort
from flowlab.bench.machine import all_threads
from flowlab.bench.report import Goal, Row, Rows, at_least, at_most
from flowlab.bench.sampling import trained_run
from flowlab.core.document.document import Document
from flowlab.core.document.solver import Solver
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.solvers.threads import threads_used
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.results import processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.request import PlanOptions

PARTICLES, STEPS, FEW = 20_000, 80, 1000
_COUNTS, _STEPS = (5_000, 10_000, 20_000, 40_000), (20, 40, 80, 160)
_LINEAR = Goal(0.9, 1.1)
_WINDOW_GOALS = {
    "first coarse picture": at_most(100),
    "a frame while eps is dragged": at_most(33),
    "playing three panes of 5,000: frames/s": at_least(59.0),
    "playing three panes of 5,000: a frame": at_most(16),
}


def rows(effort: Effort) -> Rows:
    """The ODE (Euler) and the SDE (Euler-Maruyama) in 80 steps each, by the default network.

    Least times of several runs, in turn with plain evaluations of the network at as many points.
    Processor times and ratios, which other programs disturb least, are those of one thread. A morph
    frame is another eps for the same noise; the ODE doesn't depend on it and is kept. Cost against
    particles and steps: slopes of the SDE's time on log axes, where 1 is linear.
    """
    with threads_used(1):
        yield from _measured(_Flow(), max(3, effort.rounds))


def window_rows(effort: Effort) -> Rows:
    """The room in the window: from another seed to its first coarse picture, from picture to
    picture while the slider of eps moves (with as many particles as come in time), and three panes
    of 5,000 particles as they play.
    """
    from flowlab.bench.dragging import Dragged, measure_room

    def at(document: Document, share: float) -> Document:
        return replace(document, stochastic=replace(document.stochastic, eps=1.0 + share))

    dragged = Dragged(
        preset="ode_and_sde", name="eps", at=at, shows=lambda b: processes_of(b) is not None
    )
    for name, value, unit in measure_room(dragged, effort.window):
        yield Row(name, value, unit, _WINDOW_GOALS.get(name))


class _Flow:
    """The default network on 8 Gaussians, and its pictures."""

    def __init__(self) -> None:
        run = trained_run()
        self.field, self._run, self._eps = run.field, run, 1.0
        assert isinstance(self.field, LearnedVelocity)
        self._solver = Solver(method="euler", steps=STEPS)

    def plain(self, points: int, calls: int) -> None:
        """The network alone, at one t, as often as so many panes ask for it."""
        x = torch.zeros(2, points).T
        for _ in range(calls):
            self.field.velocity(x, 0.5)

    def picture(
        self, count: int, steps: int = STEPS, *, naive: bool = False, threads: int = 1
    ) -> None:
        """All panes of another eps, whose ODE and increments are kept."""
        document = self._document(count, steps, naive, seed=0)
        self._plan(document, self.field, PlanOptions(workers=threads))

    def on_threads(self, count: int, threads: int, seed: int) -> None:
        """All panes of another seed, from the first start on."""
        document = self._document(count, STEPS, False, seed)
        self._plan(document, self.field, PlanOptions(workers=threads))

    def first(self, seed: int) -> None:
        """The coarse picture of new weights and another seed."""
        fresh = field_of(self._run.document, self._run.weights)
        self._plan(self._document(PARTICLES, STEPS, True, seed), fresh, PlanOptions(coarse=True))

    def _plan(self, document: Document, field: LearnedVelocity, options: PlanOptions) -> None:
        processes(document, field, options)

    def _document(self, count: int, steps: int, naive: bool, seed: int) -> Document:
        self._eps += 1e-3
        return replace(
            self._run.document,
            seed=seed,
            solver=self._solver,
            view=replace(self._run.document.view, name="processes", particles=count),
            stochastic=Stochastic(eps=self._eps, steps=steps, naive=naive),
        )


@dataclass
class _Least:
    """The least time of a call that is made again and again."""

    call: Callable[[], None]
    clock: Callable[[], float] = time.process_time
    seconds: float = float("inf")

    def take(self) -> None:
        start = self.clock()
        self.call()
        self.seconds = min(self.seconds, self.clock() - start)


def _measured(flow: _Flow, rounds: int) -> Rows:
    seeds, threads = iter(range(1, 1_000_000)), all_threads()
    both = _Least(lambda: flow.on_threads(PARTICLES, threads, next(seeds)), time.perf_counter)
    alone = _Least(lambda: flow.on_threads(PARTICLES, 1, next(seeds)))
    first = _Least(lambda: flow.first(next(seeds)), time.perf_counter)
    taken = _in_turn(rounds, both, alone, _Least(lambda: flow.plain(PARTICLES, 2 * STEPS)), first)
    yield from _wholes(threads, *taken)
    for count, naive in ((FEW // 4, True), (FEW, False), (FEW, True)):
        yield from _morphs(flow, rounds, threads, count, naive=naive)
    by_count = [_in_turn(rounds, _Least(partial(flow.picture, n)))[0] for n in _COUNTS]
    by_steps = [_in_turn(rounds, _Least(partial(flow.picture, 10_000, n)))[0] for n in _STEPS]
    for what, known, spent in (
        ("particles", _COUNTS, by_count),
        ("steps", _STEPS, by_steps),
    ):
        yield Row(f"cost of the SDE against {what}: slope", slope(known, spent), "", _LINEAR)
        twice = (spent[-1] / spent[0]) ** (1 / (len(spent) - 1))
        yield Row(f"cost of the SDE, twice the {what}", twice, "times")


def _in_turn(rounds: int, *measured: _Least) -> list[float]:
    """Least seconds of each; the first calls, after which all that stays is kept, don't count."""
    for each in measured:
        each.call()
    for _ in range(rounds):
        for each in measured:
            each.take()
    return [each.seconds for each in measured]


def _morphs(flow: _Flow, rounds: int, threads: int, count: int, *, naive: bool) -> Rows:
    panes = 2 if naive else 1  # that change
    picture = _Least(partial(flow.picture, count, naive=naive))
    plain = _Least(partial(flow.plain, panes * count, STEPS))
    whole = _Least(partial(flow.picture, count, naive=naive, threads=threads), time.perf_counter)
    spent, alone, waited = _in_turn(4 * rounds, picture, plain, whole)
    name = f"morph frame of {count:,}, {'three panes' if naive else 'ODE and SDE'}"
    yield Row(f"{name}, {threads} threads", 1e3 * waited, "ms", at_most(33))
    yield Row(f"{name}: processor time", 1e3 * spent, "ms")
    yield Row(f"{name}: times the network alone", spent / alone)


def _wholes(threads: int, both: float, alone: float, plain: float, first: float) -> Rows:
    name = f"ODE and SDE of {PARTICLES:,}, {STEPS} steps"
    yield Row(f"{name}, {threads} threads", both, "s", at_most(1.0))
    yield Row(f"{name}: processor time", alone, "s")
    yield Row(f"{name}: times the network alone", alone / plain, "", at_most(1.3))
    yield Row(f"first coarse picture of {PARTICLES:,}", 1e3 * first, "ms", at_most(100))
