"""Figures of how points are paired, and of how straight the flow is that follows from it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.bundle import Bundle
from flowlab.core.crossings import crossings
from flowlab.core.distributions import build
from flowlab.core.document import Coupling, Document
from flowlab.core.limits import Invalid
from flowlab.core.metrics.transport import straightness, transport_cost, w2_between
from flowlab.core.pairing import some_pairs
from flowlab.core.shapes import Shape

_LINES, _COSTS, _PATHS = 300, 2048, 5000  # pairs and paths that the figures are of
_ASSIGNED, _TIMES = 512, 4  # points of an assignment, and how many are averaged


def pair_figures(document: Document, bundle: Bundle) -> dict[str, float | None]:
    """Crossings, costs and straightness, by their names in `Measures`; None where not known."""
    ends = document.source, document.target
    found: dict[str, float | None] = dict(_of_pairs(*ends, document.coupling))
    found["least_cost"] = _least(*ends)
    return found | _of_paths(bundle)


@lru_cache(maxsize=16)
def _of_pairs(
    source: Shape, target: Shape, coupling: Coupling
) -> tuple[tuple[str, float | None], ...]:
    pairs = some_pairs(source, target, coupling, _COSTS)
    if not len(pairs):
        return ()
    lines = crossings(pairs[:_LINES, :2], pairs[:_LINES, 2:])
    cost = float(np.square(pairs[:, 2:] - pairs[:, :2]).sum(1).mean())
    return ("crossings", lines.share), ("meetings", lines.together), ("pair_cost", cost)


@lru_cache(maxsize=16)
def _least(source: Shape, target: Shape) -> float:
    """Squared Wasserstein-2 distance: what the cheapest coupling costs."""
    ends, found = (build(source), build(target)), []
    for seed in range(_TIMES):
        w2, exact = w2_between(*ends, _ASSIGNED, seed)
        found.append(w2**2)
        if exact:
            break
    return float(np.mean(found))


def _of_paths(bundle: Bundle) -> dict[str, float | None]:
    few = bundle.select(np.arange(min(_PATHS, bundle.points.shape[1])))
    try:
        return {"flow_cost": transport_cost(few), "straightness": straightness(few)}
    except Invalid:  # some particles are lost
        return {}
