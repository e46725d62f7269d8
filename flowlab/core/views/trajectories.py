"""The plan of every view of a flow: samples of one end, carried along a velocity to the other."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.document.classes import nearest_class
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import SEE_CONDITIONS
from flowlab.core.document.solver import Solver
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.learning.conditioning import cloud_of_class, field_shown
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Pause
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried_for, with_lattice
from flowlab.core.views.exact_comparison import beside_exact
from flowlab.core.views.field_frames import field_frames
from flowlab.core.views.packed import Packed
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import CLOUD, ends_of, start_of

_PAIRS = 60  # straight lines between the ends of pairs


def trajectories(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Samples of the end where the solver starts, carried to the other end.

    The starts depend only on the document's seed, not on the weights. A conditional network is
    conditioned on a class for each particle, drawn from the target's; lattice and arrows show the
    view's class. Raises `Cancelled`, or `Invalid` where Dormand-Prince needs too many steps.
    """
    began = time.perf_counter()
    classes = classes_of(field)
    x, labels = start_of(document, options, bool(classes))
    condition = torch.from_numpy(labels) if classes and labels is not None else None
    pause = _pause(document, len(x), options)
    bundle = dataclasses.replace(
        carried_for(document, field, x, options, pause, condition),
        labels=labels,
        classes=classes,
        **ends_of(document, options),
    )
    bundle = dataclasses.replace(bundle, arrivals=arrivals_of(document, bundle))
    if document.view.show_raw and options.raw is not None:
        raw = carried_for(document, options.raw, x, options, None, condition)
        bundle = dataclasses.replace(bundle, raw=raw)
    bundle = _with_lattice_and_field(bundle, document, field, options)
    cached = 0.0  # seconds for what is computed once
    if document.view.shows != "learned" and classes:
        bundle = dataclasses.replace(bundle, exact_note=SEE_CONDITIONS)
    elif document.view.shows != "learned":
        bundle, cached = beside_exact(bundle, document, field, x, options)
    if document.view.show_pairs:
        bundle = _with_pairs(bundle, document)
    return dataclasses.replace(bundle, seconds=time.perf_counter() - began - cached)


def _with_lattice_and_field(
    bundle: Bundle, document: Document, field: Field, options: PlanOptions
) -> Bundle:
    """The bundle with lattice and arrows, where the options want them, for the shown class."""
    class_field = field_shown(field, document)
    particles = _of_class(bundle, document)
    if options.lattice:
        bundle = with_lattice(bundle, document, class_field, options)
    if options.field and not options.coarse:
        bundle = dataclasses.replace(bundle, field=field_frames(document, class_field, particles))
    return bundle


def _with_pairs(bundle: Bundle, document: Document) -> Bundle:
    """The bundle with some training pairs, which its exact flow gets as well."""
    ends = document.source, document.target
    pairs = sample_pairs(*ends, document.coupling, _PAIRS, document.seed, bool(bundle.classes))
    if bundle.exact is not None:
        bundle = dataclasses.replace(bundle, exact=dataclasses.replace(bundle.exact, pairs=pairs))
    return dataclasses.replace(bundle, pairs=pairs)


def _of_class(bundle: Bundle, document: Document) -> Bundle:
    """The particles of the class whose velocity is shown; all for an unconditional flow."""
    if not bundle.classes or bundle.labels is None:
        return bundle
    k = nearest_class(bundle.classes, document.view.condition)
    particles = bundle.select(np.flatnonzero(bundle.labels == k))
    target = cloud_of_class(document.target, k, CLOUD, document.seed)
    return dataclasses.replace(particles, source=bundle.source, target=target)


def _pause(document: Document, n: int, options: PlanOptions) -> Pause | None:
    """Where to show the preview, if one is wanted and the older bundle has the same particles."""
    preview, solver = options.preview, document.solver
    if preview is None or preview.older.knot_velocities is None:
        return None
    old, alike = preview.older, (solver.steps + 1, n, 2)
    same = (old.method, old.direction) == (solver.method, solver.direction)
    if not same or old.points.shape != alike or document.solver.method == "dopri5":
        return None

    def show_preview(points: Tensor, knot_velocities: Tensor) -> None:
        assert old.knot_velocities is not None
        bundle = dataclasses.replace(
            old,
            points=_joined(points, old.points, solver),
            knot_velocities=_joined(knot_velocities, old.knot_velocities, solver),
            revision=options.revision,
            step=options.step,
        )
        preview.show(bundle)

    return Pause(preview.t, show_preview)


def _joined(new: Tensor, old: Floats | Packed, solver: Solver) -> Floats:
    """The new knots, from the solver's start on, followed by the old ones."""
    values = new.float().cpu().numpy()
    rest = solver.steps + 1 - len(values)
    if solver.direction == "forward":
        return np.concatenate([values, old[len(values) :]])
    return np.concatenate([old[:rest], values[::-1]])
