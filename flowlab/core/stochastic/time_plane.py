"""The plan of the view `time_plane`: the processes, and the exact p_t along any direction."""

from __future__ import annotations

from dataclasses import fields, replace

from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.results import Processes, processes_of
from flowlab.core.stochastic.time_plane_result import TimePlaneProcesses
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.projected_densities import projected_density
from flowlab.core.views.request import PlanOptions


def time_plane(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The bundle of `processes`, its `extra` with the density; the direction isn't part of it.

    Raises `Cancelled`, or `Invalid` where no score is known.
    """
    bundle = processes(document, field, options)
    extra = processes_of(bundle)
    assert extra is not None
    known = {each.name: getattr(extra, each.name) for each in fields(Processes)}
    density = projected_density(document)
    return replace(bundle, extra=TimePlaneProcesses(**known, density=density))
