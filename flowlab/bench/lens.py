"""Group `lens`: what the lens and the map of errors take, on shapes of each kind of oracle."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_least, at_most
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.posterior_lens import lens_answer
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.trajectories import trajectories

_PLACES = 40  # along a line through the picture, at rising t
_PRESETS = ("eight_gaussians", "triangle_to_square", "moons", "flow")


def rows(effort: Effort) -> Rows:
    """Median time of one answer of the lens, dragged across the picture.

    Then what the difference from the exact flow adds to a picture of 5,000 particles, at a new
    snapshot of the weights; all on one thread.
    """
    with threads_used(1):
        for name in _PRESETS[: 2 if effort.quick else None]:
            document = preset(name)
            oracle = oracle_for(document)
            kind = "no oracle" if oracle is None else oracle.facts.kind
            field = field_of(document, Trainer(document).weights())
            for what, plays in (("dragged", 0.0), ("dragged while t plays", 0.6)):
                spent = 1e3 * _lens(document, field, plays)
                yield Row(f"lens on {name} ({kind}) {what}", spent, "ms", at_most(8))
            if oracle is not None:
                yield Row(
                    "its difference map, at a new snapshot", 1e3 * _gap(document, field), "ms"
                )


def _lens(document: Document, field: LearnedVelocity, plays: float) -> float:
    """Median seconds at places along a line, t rising by `plays` on the way."""
    looks = [
        LensQuery(-1.5 + 3 * k / _PLACES, 0.4, 0.2 + plays * k / _PLACES, 0.2)
        for k in range(_PLACES)
    ]
    lens_answer(document, looks[0], field)
    return median(_timed(partial(lens_answer, document, look, field)) for look in looks)


def _gap(document: Document, field: LearnedVelocity) -> float:
    """Seconds more than the picture alone, once the exact flow is known."""
    learned = replace(document, view=replace(document.view, shows="learned"))
    beside = replace(document, view=replace(document.view, shows="difference"))
    options = PlanOptions(lattice=False, field=False)
    plan = trajectories
    plan(beside, field, options)
    spans = [
        _timed(lambda: plan(beside, field, options)) - _timed(lambda: plan(learned, field, options))
        for _ in range(3)
    ]
    return median(spans)


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def window_rows(effort: Effort) -> Rows:
    """The lens dragged round while t plays, and the difference shown while training, in the window.

    A map is the difference under new weights.
    """
    from flowlab.bench.real_window_truth import measure_truth

    for name in _PRESETS[: 1 if effort.quick else 3]:
        for what, value in measure_truth(name, effort.window).items():
            goal = at_least(59.0) if what.startswith("frames/s") else None
            yield Row(f"{name}: {what}", value, "", goal)
