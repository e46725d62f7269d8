"""The plan of the view `step_in_walls`: each step of a reverse process, part by part."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.guided import (
    ONLY_BOXES,
    carrier_of,
    guided_score,
    names_of,
)
from flowlab.core.reflected.guided_steps import DYNAMIC, Step
from flowlab.core.reflected.results import SlowSteps
from flowlab.core.reflected.sampling import starts_of
from flowlab.core.reflected.scores import learned_shown
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

MOST = 12  # particles


def slow_steps(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """A few long steps from the uniform law to the data, in the chosen way to stay inside.

    Between its knots a particle goes to the predicted mean, then along the noise, and then to where
    the walls let it end. Raises `Cancelled`, or `Invalid` for walls or a way that can't be.
    """
    began = time.perf_counter()
    settings, domain = document.reflected, walls_of(document.reflected)
    if settings.way == DYNAMIC and DYNAMIC not in names_of(document):
        raise Invalid(ONLY_BOXES)
    few = replace(settings, reverse_steps=settings.slow_steps, one_class=False)
    slow = replace(document, reflected=few)
    x, learned = starts_of(document, domain, options)[:MOST], learned_shown(document, network)
    score = guided_score(slow, settings.slow_steps, learned)
    carrier = carrier_of(slow, domain, settings.way, len(x), score)
    steps, begins = list[Step](), [x]
    for k in range(settings.slow_steps):
        if options.cancelled is not None and options.cancelled():
            raise Cancelled
        steps.append(carrier.step(begins[-1], k))
        begins.append(steps[-1].kept)
    knots = [begins[0], *(part for step in steps for part in (step.mean, step.free, step.kept))]
    extra = SlowSteps(
        way=settings.way,
        begins=_stack(begins[:-1]),
        predicted=_stack([step.predicted for step in steps]),
        means=_stack([step.mean for step in steps]),
        free=_stack([step.free for step in steps]),
        ends=_stack([step.kept for step in steps]),
        scores=_stack([step.slope for step in steps]),
        variances=carrier.variances,
        bounds=domain.bounds,
        exact=learned is None,
        stopped=sum(step.stopped for step in steps),
    )
    return Bundle(
        times=np.linspace(0.0, 1.0, len(knots), dtype=np.float32),
        points=_stack(knots),
        method=settings.way,
        evaluations=settings.slow_steps,
        extra=extra,
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )


def evaluations(document: Document) -> int:
    """How many scores a particle takes."""
    return document.reflected.slow_steps


def _stack(parts: list[np.ndarray]) -> np.ndarray:
    stacked = np.stack(parts).astype(np.float32)
    stacked.setflags(write=False)
    return stacked
