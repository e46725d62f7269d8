"""The plan of the view `characteristics`: curves of the velocity, and the flow through a cell."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.core.learning.conditioning import class_shown
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.carried_curves import Carrier, even_times
from flowlab.core.stochastic.cell import CellFlow
from flowlab.core.stochastic.continuity import Cell, cell_flow, cell_flow_on_grid
from flowlab.core.stochastic.curves import Characteristics
from flowlab.core.stochastic.remembered import Remembered, remembered
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.carry import carried_for
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of, start_of

CONDITIONAL = (
    "One class of a conditional network carries that class alone, but the exact density is known "
    "only for all classes together."
)
_PARTICLES: LruCache[Bundle] = LruCache(1)  # so that a dragged cell doesn't carry them again
_MOST_CACHED = 100_000  # particles
_QUICK = {"nodes": 10, "times": 17}  # of a first quick answer's cell
_CELLS: LruCache[CellFlow] = LruCache(4)


def characteristics(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The particles of the flow, its `extra` the `Characteristics`; raises `Cancelled`.

    The curves and the particles of a conditional network are those of the view's class.
    """
    began = time.perf_counter()
    flow, exact, note = flow_shown(document, field)
    who = flow if not exact else (document.source, document.target, document.path)
    plain = replace(document, stochastic=Stochastic())
    particles = _cached_particles(plain, flow, exact, (who, plain), options)
    curves = _curves(document, flow, remembered(document) if exact else None, who, options)
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
    x, labels = start_of(document, options)
    if classes:
        labels = np.full(len(x), class_shown(_of_one_class(flow, document)))
    condition = torch.from_numpy(labels) if classes and labels is not None else None
    bundle = carried_for(document, flow, x, options, None, condition)
    bundle = replace(bundle, labels=labels, classes=classes)
    return replace(bundle, arrivals=arrivals_of(document, bundle))


def _curves(
    document: Document, flow: Field, exact: Remembered | None, who: object, options: PlanOptions
) -> Characteristics:
    """The curves, without the cell; those that are where they were are not computed again."""
    one = _of_one_class(flow, document)
    of_class = class_shown(one)
    known = None if classes_of(flow) else exact or remembered(document)
    carrier = Carrier(
        field=one if exact is None else exact.field,
        source=document.source,
        oracle=None if known is None else known.oracle,
        key=(who, document.source, document.target, document.path, document.coupling, of_class),
    )
    curves = carrier.curves(
        document.stochastic.curves, quick=options.coarse, cancelled=options.cancelled
    )
    logs = [curve.known for curve in curves]
    return Characteristics(
        times=even_times(),
        points=np.stack([curve.places for curve in curves], 1),
        change=np.stack([curve.change for curve in curves], 1),
        start=np.array([curve.start for curve in curves]),
        known=None if known is None else np.stack(logs, 1),  # type: ignore[arg-type]
        cell=None,
        exact=exact is not None,
        condition=of_class,
    )


def _of_one_class(flow: Field, document: Document) -> Field:
    """A conditional network's velocity for the view's class, or for its first one."""
    classes = classes_of(flow)
    if not classes:
        return flow
    wanted = document.view.condition
    chosen: Field = flow.for_class(wanted if wanted in classes else classes[0])  # type: ignore[attr-defined]
    return chosen


def _cell(
    document: Document, flow: Field, exact: bool, who: object, options: PlanOptions
) -> CellFlow:
    settings, known = document.stochastic, remembered(document)
    assert known is not None  # as `why_none` says
    cell = Cell(settings.cell_x, settings.cell_y, settings.cell_size)
    key = who, document.source, document.target, document.path, cell
    quick = options.coarse and (key, False) not in _CELLS

    def make() -> CellFlow:
        how = _QUICK if quick else {}
        if known.on_grid:
            field = known.field if exact else flow
            return cell_flow_on_grid(known, field, cell, cancelled=options.cancelled, **how)
        field = flow if exact else known.field
        return cell_flow(known.oracle, flow, field, cell, cancelled=options.cancelled, **how)

    return _CELLS.get((key, quick), make)
