"""Computes the bundle of a picture; run by the sampling threads."""

from __future__ import annotations

from dataclasses import replace

import torch

from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.document.document import Document
from flowlab.core.document.learned import NOISE_BETWEEN_WALLS, between_walls
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import Solver
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic.sampling import SdeSolver
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.core.views.results import Result
from flowlab.work.latest_request import Superseded
from flowlab.work.model import Model

_MOST_BYTES = 2_000_000_000
_MANY = 20_000  # particles; with more, coordinates have 16 bits


def document_for(model: Model, document: Document) -> Document:
    """The document with the distributions that the model was trained on.

    And with the walls and the noise, where it has learned a score between them.
    """
    known = model.document
    ends = replace(document, source=known.source, target=known.target)
    if not between_walls(known):
        return ends
    noise = {name: getattr(known.reflected, name) for name in NOISE_BETWEEN_WALLS}
    return replace(ends, reflected=replace(document.reflected, **noise))


def bundle_of(document: Document, model: Model, options: PlanOptions) -> Result:
    """The bundle of the document's view; raises `Invalid`, or `Superseded` when cancelled."""
    torch.get_num_threads()  # until it asks, a new thread divides its products among others
    plan = plan_of(document.view.name)
    check_memory(document.view.particles, document.solver)
    if document.view.show_raw:
        options = replace(options, raw=model.raw_field)
    try:
        bundle = plan(document, model.field, options)
    except Cancelled:
        raise Superseded from None
    return slim(bundle)


def slim(bundle: Result) -> Result:
    """The bundle, in half the memory if it has very many particles."""
    return bundle.compact() if bundle.count > _MANY else bundle


def check_memory(particles: int, solver: Solver | SdeSolver | Sampler) -> None:
    """Raise `Invalid` where the trajectory would not fit into memory with some room to spare."""
    steps = solver.count if isinstance(solver, Sampler) else solver.steps
    knots = 64 if solver.method == "dopri5" else steps + 1
    needed = knots * particles * 2 * 4 * (1 if solver.method == "euler" else 2)
    if needed > _MOST_BYTES:
        raise Invalid(
            f"{particles:,} particles over {steps} steps would take "
            f"{needed / 1e9:.1f} GB of memory: take fewer particles or fewer steps."
        )
