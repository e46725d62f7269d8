"""The plan of the view `round_trip`: from the target to the source in reverse, and forth again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.drift import why_no_sde
from flowlab.core.stochastic.possible import takes_exact_score
from flowlab.core.stochastic.sampling import SdeSolver, carried_by_sde
from flowlab.core.stochastic.trip_results import Kind, RoundTrips, Trip
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of, start_of

_COARSE = 250  # particles of a first quick answer, which are carried four times

Carry = Callable[[Tensor, str], Bundle]  # by points (n, 2) and a direction


def round_trip(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Samples of the target to the source and back, by the ODE and by the SDE.

    The noise of the SDE's way back is independent of that of its way there. Returns the way back by
    the ODE, its `extra` the `RoundTrips`, without the SDE and with the reason where no score is
    known. Raises `Cancelled`.
    """
    began = time.perf_counter()
    flow, exact, note = flow_shown(document, field)
    classes = () if exact else classes_of(field)
    reverse = replace(document, solver=replace(document.solver, direction="reverse"))
    x, labels = start_of(reverse, options, bool(classes))
    if options.coarse:
        few = options.few or _COARSE
        x, labels = x[:few], None if labels is None else labels[:few]
    condition = torch.from_numpy(labels) if classes and labels is not None else None
    facts = {"labels": labels, "classes": classes, **ends_of(document, options)}
    ways = tuple(
        _there_and_back(document, kind, x, carry, facts)
        for kind, carry in _carriers(document, flow, condition, options).items()
    )
    why = why_no_sde(document, flow)
    extra = RoundTrips(ways=ways, fresh=_unrelated(x), exact=exact, refused=why)
    return replace(ways[0], extra=extra, exact_note=note, seconds=time.perf_counter() - began)


def evaluations(document: Document) -> int:
    """How many velocities a particle takes on all ways."""
    settings = document.stochastic
    each = settings.steps * (2 if settings.method == "stochastic_heun" else 1)
    return 2 * (document.solver.evaluations + each)


def _there_and_back(
    document: Document, kind: Kind, x: Tensor, carry: Carry, facts: dict[str, object]
) -> Bundle:
    there = replace(carry(x, "reverse"), **facts)  # type: ignore[arg-type]
    source = torch.from_numpy(np.array(there.points[0])).to(x)
    back = replace(carry(source, "forward"), **facts)  # type: ignore[arg-type]
    return replace(back, arrivals=arrivals_of(document, back), extra=Trip(kind=kind, there=there))


def _carriers(
    document: Document, flow: Field, condition: Tensor | None, options: PlanOptions
) -> dict[Kind, Carry]:
    settings = document.stochastic
    seeds = {"reverse": document.seed, "forward": _other_seed(document.seed)}

    def by_ode(x: Tensor, direction: str) -> Bundle:
        return carried(
            flow, x, replace(document.solver, direction=direction),
            cancelled=options.cancelled, workers=options.workers, condition=condition,
        )  # fmt: skip

    def by_sde(x: Tensor, direction: str) -> Bundle:
        solver = SdeSolver(
            method=settings.method, steps=settings.steps, eps=settings.eps,
            eps_shape=settings.level_shape, direction=direction,
            exact_score=takes_exact_score(document),
        )  # fmt: skip
        return carried_by_sde(
            flow, document, x, solver, seeds[direction],
            condition=condition, workers=options.workers, cancelled=options.cancelled,
        )  # fmt: skip

    known: dict[Kind, Carry] = {"ode": by_ode, "sde": by_sde}
    return {"ode": by_ode} if why_no_sde(document, flow) else known


def _other_seed(seed: int) -> int:
    """A seed of Brownian paths that are independent of those of the seed itself."""
    return int(numpy_rng(seed, Stream.RETURN_NOISE).integers(1 << 62))


def _unrelated(x: Tensor) -> Estimate:
    """The mean distance between independent points, by pairs of neighbours in random order."""
    half = len(x) // 2
    if half < 1:
        return Estimate(float("nan"))
    return mean_estimate((x[:half] - x[half : 2 * half]).norm(dim=1).numpy())
