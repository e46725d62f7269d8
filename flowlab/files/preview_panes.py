"""The stored pictures of processes side by side: the paths of each, at the preview's times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.limits import Invalid
from flowlab.core.stochastic.results import CHURN, NAIVE, ODE, SDE, Pane, Processes, processes_of
from flowlab.core.views.bundle import Bundle
from flowlab.files.session_parts import pane_part

BESIDE = ODE, CHURN, NAIVE  # panes that have parts of their own; that of the SDE is the preview's
_ORDER = ODE, CHURN, SDE, NAIVE


def thinned(bundle: Bundle, times: Floats) -> Bundle:
    """The bundle, and the processes beside it, known at these times only."""
    points = np.stack([bundle.at(t) for t in times.tolist()])
    made = replace(bundle, times=times, points=points, knot_velocities=None)
    processes = processes_of(bundle)
    if processes is None:
        return made
    panes = tuple(replace(p, bundle=_paths(thinned(p.bundle, times))) for p in processes.panes)
    return replace(made, extra=Processes(panes=panes))


def _paths(bundle: Bundle) -> Bundle:
    return replace(bundle, extra=None)


def paths_beside(bundle: Bundle) -> dict[str, Floats]:
    """Part -> the paths (T, N, 2) of each process other than the SDE, at the bundle's times."""
    processes = processes_of(bundle)
    if processes is None:
        return {}
    beside = [pane for pane in processes.panes if pane.kind in BESIDE]
    if any(not np.array_equal(pane.bundle.times, bundle.times) for pane in beside):
        raise Invalid("A preview of processes needs the same times for each of them.")
    return {pane_part(pane.kind): np.asarray(pane.bundle.points) for pane in beside}


def with_panes(bundle: Bundle, paths: dict[str, Floats]) -> Bundle:
    """The SDE's bundle with the processes beside it; `paths` are (T, N, 2) by their kinds."""
    if not paths:
        return bundle
    known = {kind: replace(bundle, points=points) for kind, points in paths.items()}
    known[SDE] = bundle
    panes = tuple(Pane(kind=kind, bundle=known[kind]) for kind in _ORDER if kind in known)
    return replace(bundle, extra=Processes(panes=panes, stored=True))
