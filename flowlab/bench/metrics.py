"""Group `metrics`: what the figures of the metrics panel cost, and what they find."""

from __future__ import annotations

import time
from collections import ChainMap
from statistics import median

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_most
from flowlab.bench.sampling import bundle, trained_run
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.bundle import Bundle
from flowlab.work.figures import GAUGES
from flowlab.work.live_metrics import measurements
from flowlab.work.metrics_scheduler import MetricsScheduler
from flowlab.work.model import Model
from flowlab.work.status import Measures

_FOUND = (
    ("integral", "the learned density, integrated over its grid", 1.0, ""),
    ("continuity", "residual of the continuity equation", 100.0, "%"),
    ("model", "model error", 100.0, "%"),
    ("integration", "integration error of 8 RK4 steps", 100.0, "%"),
)
_LOOKS = 24  # while training: enough for every quick figure to have its noise floor
_PARTICLES = 5_000  # as a window shows them at first


def rows(effort: Effort) -> Rows:
    """The metrics panel on 8 Gaussians after a second of training, 5000 particles, one thread.

    A look is what happens every 0.8 s while training with the panel open: the figures that are
    always there, and the next of the panel's quick ones. The slow ones come seldom and are left out
    of it; all of them together, with their noise floors, are what a paused picture takes.
    """
    run = trained_run()
    model = Model(run.document, run.weights)
    drawn = bundle(run, _PARTICLES)
    with threads_used(1):
        look = 1e3 * median(_looks(model, drawn))
        spans = [_study(model, drawn) for _ in range(effort.rounds)]
    yield Row("a look while training, panel open", look, "ms", at_most(30.0))
    yield Row("every figure of a paused picture", median(s for s, _ in spans), "s")
    figures = spans[-1][1].figures
    for name, words, scale, unit in _FOUND:
        value = figures[name].value
        if value is not None:
            yield Row(words, scale * value, unit)


def _looks(model: Model, drawn: Bundle) -> list[float]:
    """Seconds of each look, without the first few, which know nothing yet."""
    scheduler, spans = MetricsScheduler(), []
    scheduler.want(("energy", "mmd", "learned"))
    for _ in range(_LOOKS):
        began = time.perf_counter()
        scheduler.take(model, drawn, _measured(model, drawn))
        scheduler.glance()
        spans.append(time.perf_counter() - began)
    return spans[3:]


def _measured(model: Model, drawn: Bundle) -> Measures:
    return Measures(**dict(ChainMap(*measurements(model, drawn))))


def _study(model: Model, drawn: Bundle) -> tuple[float, MetricsScheduler]:
    """Seconds that all figures take with nothing known before, and what they are."""
    scheduler = MetricsScheduler()
    scheduler.want(tuple(GAUGES))
    scheduler.take(model, drawn, _measured(model, drawn))
    began = time.perf_counter()
    scheduler.study(lambda: False)
    return time.perf_counter() - began, scheduler
