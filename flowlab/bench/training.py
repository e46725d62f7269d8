"""Group `training`: seconds of training until samples are as good as the target's own noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from flowlab.bench.contenders import OURS, refusal
from flowlab.bench.curves import median_or_none, worst_relapse
from flowlab.bench.effort import Effort
from flowlab.bench.peers import PEERS, InterpolantsNotebook
from flowlab.bench.quality import Verdict
from flowlab.bench.race import ERRORS, WITHIN, Curve, Reading, both, long_run, short_round, velocity
from flowlab.bench.report import Goal, Row, Rows, at_least, at_most
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset

TARGETS = {
    "8 Gaussians": "eight_gaussians",
    "checkerboard": "checkerboard",
    "two moons": "moons",
    "spiral": "spiral",
    "typed text": "flow",
    "triangle to square": "triangle_to_square",
}
_EIGHT = "8 Gaussians"
_HUNDRED = (_EIGHT, InterpolantsNotebook.name, "W2+E 1.5x")  # the comparison that is held to a goal


def rows(effort: Effort) -> Rows:
    """A table for each target, then how many times sooner FlowLab is than the notebook's loop.

    Columns: seconds of training until the first checkpoint at which a value is within a multiple
    of its noise floor and at the next one too (W2: sliced W2, E: energy distance, W2+E: both), or
    the velocity error is so many per cent (v). The floor is what fresh samples of the target score
    against each other, 4,000 points a cloud (2,000 in a quick run, where it is higher). `end` is
    the last value; `relapse` the worst snapshot over the best before it, once that was within 2x.
    Everyone's samples are carried by the same solver.
    """
    for title, name in TARGETS.items():
        yield from target_rows(title, preset(name), effort)


def target_rows(title: str, document: Document, effort: Effort) -> Rows:
    """Rows of every contender on one target, the notebook's loop last, and ratios to it."""
    rounds = [short_round(document, effort, number) for number in range(effort.rounds)]
    everyone = {name: [found[name] for found in rounds if name in found] for name in rounds[0]}
    loop = long_run(document, effort)
    if loop is not None:
        everyone[InterpolantsNotebook.name] = [loop]
    for name, curves in everyone.items():
        for row in contender_rows(curves, ours=name == OURS, fast=title == _EIGHT):
            yield Row(**(vars(row) | {"about": title, "subject": name}))
    for kind in PEERS:
        if refused := refusal(kind, document):
            yield Row("end W2", None, note=f"not run: it {refused}", about=title, subject=kind.name)
    for name, curves in everyone.items():
        if name == InterpolantsNotebook.name or (name != OURS and not effort.quick):
            yield from ratio_rows(title, everyone[OURS], name, curves)


def contender_rows(curves: Sequence[Curve], *, ours: bool, fast: bool) -> Iterator[Row]:
    """One contender's rows: medians over its rounds."""
    measures: dict[str, Reading] = {"W2": _sliced, "E": _energy}
    for name, read in measures.items():
        for bound in WITHIN:
            yield _time_row(f"{name} {bound:g}x", curves, read, bound)
    goal = at_most(0.6 if fast else 1.0) if ours else None
    yield _time_row("W2+E 1.5x", curves, both, 1.5, goal)
    if curves[0].exact:
        goals = {0.057: at_most(0.6), 0.032: at_most(2.0)} if ours and fast else {}
        for bound in ERRORS:
            yield _time_row(f"v {100 * bound:g}%", curves, velocity, bound, goals.get(bound))
    yield Row("end W2", _end(curves, _sliced), "x", note=_note(curves))
    yield Row("end E", _end(curves, _energy), "x")
    if curves[0].exact:
        yield Row("end v", _end(curves, velocity))
    yield _relapse_row(curves, at_most(1.25) if ours else None)


def _sliced(verdict: Verdict) -> float:
    return verdict.sliced


def _energy(verdict: Verdict) -> float:
    return verdict.energy


def _note(curves: Sequence[Curve]) -> str:
    runs = f"{len(curves)} run{'s' * (len(curves) > 1)}"
    return f"{curves[0].note}, {runs} of {curves[0].contender.seconds:.3g} s"


def _end(curves: Sequence[Curve], read: Reading) -> float:
    return median(read(curve.verdicts[-1]) or 0.0 for curve in curves)


def _time_row(
    name: str, curves: Sequence[Curve], read: Reading, bound: float, goal: Goal | None = None
) -> Row:
    value = median_or_none([curve.reached(read, bound) for curve in curves])
    beyond = None if value is not None else curves[0].contender.seconds
    return Row(name, value, "s", goal, beyond=beyond)


def _relapse_row(curves: Sequence[Curve], goal: Goal | None) -> Row:
    """The worst of all rounds; None where no run came below twice the floor."""
    relapses = [worst_relapse([verdict.both for verdict in curve.verdicts]) for curve in curves]
    seen = [value for value in relapses if value is not None]
    return Row("relapse", max(seen) if seen else None, "times", goal)


def ratio_rows(
    title: str, ours: Sequence[Curve], name: str, theirs: Sequence[Curve]
) -> Iterator[Row]:
    """How many times sooner FlowLab gets there; a lower bound where the other's run ended first."""
    wanted: list[tuple[str, Reading, float]] = [("W2+E 1.5x", both, 1.5)]
    if name == InterpolantsNotebook.name and theirs[0].exact:
        wanted += [(f"v {100 * bound:g}%", velocity, bound) for bound in ERRORS]
    for what, read, bound in wanted:
        row_title = f"{title}: FlowLab against the {name}, {what}"
        goal = at_least(100) if (title, name, what) == _HUNDRED else None
        mine = median_or_none([curve.reached(read, bound) for curve in ours])
        reached = median_or_none([curve.reached(read, bound) for curve in theirs])
        if mine is None:
            yield Row(row_title, None, "x faster", goal, "FlowLab did not reach it")
        elif reached is not None:
            yield Row(row_title, reached / mine, "x faster", goal)
        else:
            yield _bound_row(row_title, theirs[0].contender.seconds / mine, goal)


def _bound_row(row_title: str, least: float, goal: Goal | None) -> Row:
    """A lower bound; below its goal it decides nothing."""
    note = "at least: it had not got there when it was stopped"
    if goal is not None and not goal.met(least):
        return Row(row_title, least, "x faster", None, f"{note}; the goal {goal} is undecided")
    return Row(row_title, least, "x faster", goal, note)
