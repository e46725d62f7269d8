"""The plan of the view `time_plane`: the processes, and the exact p_t along any direction."""

from __future__ import annotations

from dataclasses import fields, replace

from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.plan import evaluations as processes_evaluations
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.results import Processes, processes_of
from flowlab.core.stochastic.time_plane_result import TimePlaneProcesses
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.projected_densities import projected_density
from flowlab.core.views.request import PlanOptions


def evaluations(document: Document) -> int:
    """How many velocities a particle takes: no divergences, whatever the settings."""
    return processes_evaluations(_uncoloured(document))


def _uncoloured(document: Document) -> Document:
    """The document without colours of the ODE's own: here paths have those of their starts."""
    settings = replace(document.stochastic, density_change=False)
    return replace(document, stochastic=settings)


def time_plane(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The bundle of `processes`, its `extra` with the density; the direction isn't part of it.

    Raises `Cancelled`, or `Invalid` where no score is known.
    """
    bundle = processes(_uncoloured(document), field, options)
    extra = processes_of(bundle)
    assert extra is not None
    known = {each.name: getattr(extra, each.name) for each in fields(Processes)}
    density = projected_density(document)
    return replace(bundle, extra=TimePlaneProcesses(**known, density=density))
