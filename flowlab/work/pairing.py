"""Figures of the coupling (crossings, costs) and of the flow's bend."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.interpolants.crossings import crossings
from flowlab.core.interpolants.matching import optimal_assignment, squared_distances
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.metrics.transport import bend, transport_cost
from flowlab.core.views.bundle import Bundle

_LINES, _COSTS = 300, 2048  # lines for crossings, pairs for costs
PATHS = 5000  # whose bend is measured, wherever it is shown
_BATCH, _ENDS = 256, 1024  # points matched at once, and ends of paths that are: some milliseconds


def pair_figures(document: Document, bundle: Bundle) -> dict[str, float | None]:
    """Crossings, costs and bend, by their names in `Measures`; None where not known."""
    ends = document.source, document.target
    return dict(_of_pairs(*ends, document.coupling)) | _of_paths(bundle)


@lru_cache(maxsize=16)
def _of_pairs(
    source: Shape, target: Shape, coupling: Coupling
) -> tuple[tuple[str, float | None], ...]:
    pairs = sample_pairs(source, target, coupling, _COSTS)
    if not len(pairs):
        return ()
    lines = crossings(pairs[:_LINES, :2], pairs[:_LINES, 2:])
    cost = mean_estimate(np.square(pairs[:, 2:] - pairs[:, :2]).sum(1))
    least = _least(pairs[:, :2], pairs[:, 2:])
    return (
        ("crossings", lines.share),
        ("meetings", lines.together),
        ("pair_cost", cost),
        ("least_cost", least),
    )


def _least(x0: Floats, x1: Floats) -> Estimate:
    """What the cheapest coupling of the points x0 and x1 (n, 2) costs, matched batch by batch.

    Never more than E|x1 - x0|^2 of the same points as they are paired. Large batches find nearly
    what all points together would.
    """
    ends = (torch.split(torch.from_numpy(x.astype(np.float64)), _BATCH) for x in (x0, x1))
    costs = [_cheapest(a, b) for a, b in zip(*ends, strict=True)]
    return mean_estimate(np.concatenate(costs))


def _cheapest(x0: torch.Tensor, x1: torch.Tensor) -> Floats:
    """The squared distances (n,) of the optimal pairs of points (n, 2)."""
    partner = optimal_assignment(squared_distances(x0[None], x1[None]))[0]
    costs: Floats = (x1[partner] - x0).square().sum(1).numpy()
    return costs


def _of_paths(bundle: Bundle) -> dict[str, float | None]:
    paths = bundle.select(np.arange(min(PATHS, bundle.points.shape[1])))
    try:
        figures: dict[str, float | None] = {"straightness": bend(paths)}
    except Invalid:  # some particles are lost
        return {}
    few = bundle.select(np.arange(min(_ENDS, bundle.points.shape[1])))
    figures["flow_cost"] = transport_cost(few)
    figures["flow_least"] = _least(few.points[0], few.points[-1])
    return figures
