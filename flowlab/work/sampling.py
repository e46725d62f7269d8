"""What the sampling threads run: a bundle for the whole picture, a small one for a probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from flowlab.core.document.document import Document, Solver
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.conditioning import field_shown
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.work.latest_request import Superseded
from flowlab.work.model import Model

_MOST_BYTES = 2_000_000_000
_MANY = 20_000  # particles; of more, numbers are kept in 16 bits


@dataclass(frozen=True, eq=False)
class Probe:
    """Start points (M, 2) whose paths are wanted, and the end of time where they lie."""

    points: np.ndarray
    from_time: int
    number: int


def shown(model: Model, document: Document) -> Document:
    """What to compute: the model's distributions and network, and the rest as it is wanted now."""
    return replace(document, **{n: getattr(model.document, n) for n in ("source", "target")})


def bundle_of(document: Document, model: Model, options: PlanOptions) -> Bundle:
    """The bundle of the document's view; raises `Invalid`, or `Superseded` when cancelled."""
    plan = plan_of(document.view.name)
    check_memory(document.view.particles, document.solver)
    if document.view.show_raw:
        options = replace(options, raw=model.raw_field)
    try:
        bundle = plan(document, model.field, options)
    except Cancelled:
        raise Superseded from None
    return slim(bundle)


def slim(bundle: Bundle) -> Bundle:
    """The bundle in half the memory where it has very many particles."""
    return bundle.compact() if bundle.count > _MANY else bundle


def check_memory(particles: int, solver: Solver) -> None:
    """Raise `Invalid` where the trajectory would not fit into memory with some room to spare."""
    knots = 64 if solver.method == "dopri5" else solver.steps + 1
    needed = knots * particles * 2 * 4 * (1 if solver.method == "euler" else 2)
    if needed > _MOST_BYTES:
        raise Invalid(
            f"{particles:,} particles over {solver.steps} steps would take "
            f"{needed / 1e9:.1f} GB of memory: take fewer particles or fewer steps."
        )


def probed(probe: Probe, model: Model, document: Document, cancelled: Callable[[], bool]) -> Bundle:
    """The paths of the probe's points under the newest weights and the document's solver."""
    direction = "reverse" if probe.from_time else "forward"
    solver = replace(document.solver, direction=direction)
    x = torch.tensor(probe.points, dtype=torch.float32).reshape(-1, 2)
    try:
        found = carried(field_shown(model.field, document), x, solver, cancelled=cancelled)
    except Cancelled:
        raise Superseded from None
    return replace(found, revision=probe.number, step=model.weights.step)
