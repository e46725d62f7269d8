"""The plan of the view `characteristics`: curves of the velocity, and the flow through a cell."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.core.document.shapes import Shape
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.learning.conditioning import class_shown
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.along_path import curves_through
from flowlab.core.stochastic.cell import CellFlow
from flowlab.core.stochastic.continuity import Cell, cell_flow
from flowlab.core.stochastic.curves import Characteristics
from flowlab.core.stochastic.plan import flow_shown
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.carry import carried_for
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of, start_of

CONDITIONAL = (
    "One class of a conditional network carries that class alone, and p_t is known of all classes "
    "together."
)
_PARTICLES: LruCache[Bundle] = LruCache(1)  # so that a dragged cell doesn't carry them again
_MOST_CACHED = 100_000  # particles
_QUICK = {"nodes": 10, "times": 17}  # of a first quick answer's cell
_CURVES: LruCache[Characteristics] = LruCache(2)
_CELLS: LruCache[CellFlow] = LruCache(2)


def characteristics(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The particles of the flow, its `extra` the `Characteristics`; raises `Cancelled`.

    The curves of a conditional network are those of the view's class.
    """
    began = time.perf_counter()
    flow, exact, note = flow_shown(document, field)
    who = flow if not exact else (document.source, document.target, document.path)
    plain = replace(document, stochastic=Stochastic())
    particles = _cached_particles(plain, flow, exact, (who, plain), options)
    curves = _CURVES.get(
        (who, plain, document.stochastic.curves), lambda: _curves(document, flow, exact, options)
    )
    unknown = why_none(document) or (CONDITIONAL if classes_of(flow) else "")
    cell = None
    if document.stochastic.show_cell and not unknown:
        cell = _cell(document, flow, exact, who, options)
    extra = replace(curves, cell=cell, unknown=unknown)
    ends = ends_of(document, options)
    took = time.perf_counter() - began
    return replace(particles, extra=extra, exact_note=note, seconds=took, **ends)


def _cached_particles(
    document: Document, flow: Field, exact: bool, key: object, options: PlanOptions
) -> Bundle:
    """The particles; a quick answer has all of them if they are cached."""

    def make() -> Bundle:
        return _particles(document, flow, exact, options)

    key = key, options.particles
    if document.view.particles > _MOST_CACHED or (options.coarse and key not in _PARTICLES):
        return make()
    return _PARTICLES.get(key, make)


def _particles(document: Document, flow: Field, exact: bool, options: PlanOptions) -> Bundle:
    classes = () if exact else classes_of(flow)
    x, labels = start_of(document, options, bool(classes))
    condition = torch.from_numpy(labels) if classes and labels is not None else None
    bundle = carried_for(document, flow, x, options, None, condition)
    bundle = replace(bundle, labels=labels, classes=classes)
    return replace(bundle, arrivals=arrivals_of(document, bundle))


def _curves(document: Document, flow: Field, exact: bool, options: PlanOptions) -> Characteristics:
    """The curves, without the cell."""
    points = torch.tensor(document.stochastic.curves, dtype=torch.float64)
    one = _of_one_class(flow, document)
    times, places, change = curves_through(one, points, cancelled=options.cancelled)
    oracle = None if classes_of(flow) else oracle_for(document)
    return Characteristics(
        times=times.numpy(),
        points=places.numpy(),
        change=change.numpy(),
        start=_log_source(document.source, places[0]),
        known=None if oracle is None else _known(oracle, times, places),
        cell=None,
        exact=exact,
        condition=class_shown(one),
    )


def _of_one_class(flow: Field, document: Document) -> Field:
    """A conditional network's velocity for the view's class, or for its first one."""
    classes = classes_of(flow)
    if not classes:
        return flow
    wanted = document.view.condition
    chosen: Field = flow.for_class(wanted if wanted in classes else classes[0])  # type: ignore[attr-defined]
    return chosen


def _log_source(shape: Shape, x0: Tensor) -> Floats:
    """log rho_0 (n,) at the starts of the curves; NaN where it isn't known."""
    source = build(shape)
    if not source.has_log_prob:
        return np.full(len(x0), np.nan)
    lost = ~x0.isfinite().all(1)
    logs = source.log_prob(x0.masked_fill(lost[:, None], 0.0)).double()
    found: Floats = logs.masked_fill(lost, torch.nan).numpy()
    return found


def _known(oracle: Oracle, times: Tensor, places: Tensor) -> Floats:
    """log p_t(X_t) (T, n) of the exact flow."""
    rows = [oracle.log_density(x, t).double() for x, t in zip(places, times.tolist(), strict=True)]
    found: Floats = torch.stack(rows).numpy()
    return found


def _cell(
    document: Document, flow: Field, exact: bool, who: object, options: PlanOptions
) -> CellFlow | None:
    settings, oracle = document.stochastic, oracle_for(document)
    assert oracle is not None  # as `why_none` says
    if options.coarse and not oracle.facts.exact:
        return None  # too slow for a quick answer
    cell = Cell(settings.cell_x, settings.cell_y, settings.cell_size)
    field = flow if exact else extended_field(oracle)
    how = _QUICK if options.coarse else {}
    key = who, document.source, document.target, document.path, cell
    return _CELLS.get(
        (key, options.coarse),
        lambda: cell_flow(oracle, flow, field, cell, cancelled=options.cancelled, **how),
    )
