"""Particles carried along a velocity by a solver, as a bundle."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.solver import Solver
from flowlab.core.learning.field import ClassVelocity, LearnedVelocity, rows
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Pause, integrate, times_read
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.field_frames import lattice_vertices
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import beginning

_LATTICE, _LATTICE_COARSE = 33, 17  # vertices a side


def carried(
    field: Field,
    x: Tensor,
    solver: Solver,
    *,
    cancelled: Callable[[], bool] | None = None,
    pause: Pause | None = None,
    workers: int = 1,
    condition: Tensor | None = None,
    progress: Callable[[float], None] | None = None,
    **facts: Any,
) -> Bundle:
    """The paths of x (n, 2) along `field`, each particle with its own `condition` (n,) if given.

    The particles are divided among `workers` threads; `facts` are further fields of the bundle.
    Raises `Cancelled`, or `Invalid` where Dormand-Prince needs too many steps.
    """
    device = getattr(field, "device", torch.device("cpu"))
    told = None if condition is None else condition.to(device)
    if isinstance(field, LearnedVelocity):
        field.prepare(times_read(solver), told)
    elif isinstance(field, ClassVelocity):
        field.prepare(times_read(solver))
    share = math.ceil(len(x) / max(1, workers))  # particles of one thread, so that none is idle
    run = integrate(
        field.velocity,
        x,
        solver,
        chunk=max(1, min(rows(device), share)),
        cancelled=cancelled,
        pause=pause,
        workers=workers,
        condition=told,
        progress=progress,
    )
    return Bundle(
        times=run.times.float().cpu().numpy(),
        points=run.points.float().cpu().numpy(),
        knot_velocities=None
        if run.knot_velocities is None
        else run.knot_velocities.float().cpu().numpy(),
        method=solver.method,
        direction=solver.direction,
        evaluations=run.evaluations,
        **facts,
    )


def carried_for(
    document: Document,
    field: Field,
    x: Tensor,
    options: PlanOptions,
    pause: Pause | None = None,
    condition: Tensor | None = None,
) -> Bundle:
    """The paths of the points x (n, 2), by the document's solver and with the given options."""
    return carried(
        field,
        x,
        document.solver,
        cancelled=options.cancelled,
        pause=pause,
        workers=options.workers,
        condition=condition,
        progress=options.progress,
    )


def with_lattice(bundle: Bundle, document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The bundle with a square lattice over its starting end, carried by `field`."""
    side = _LATTICE_COARSE if options.coarse else _LATTICE
    vertices = lattice_vertices(build(beginning(document)).extent, side)
    untold = dataclasses.replace(options, progress=None)  # which is the share of the particles
    lattice = carried_for(document, field, vertices, untold)
    return dataclasses.replace(bundle, lattice=lattice, lattice_shape=(side, side))
