"""Figures of the coupling (crossings, costs) and of the flow's bend."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Coupling, Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.interpolants.crossings import crossings
from flowlab.core.interpolants.matching import optimal_assignment, squared_distances
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.metrics.transport import bend, transport_cost, w2_between
from flowlab.core.views.bundle import Bundle

_LINES, _COSTS = 300, 2048  # lines for crossings, pairs for costs
PATHS = 5000  # whose costs and bend are measured, wherever they are shown
_ASSIGNED, _MANY = 2048, 65_536  # points assigned, and points for second moments


def pair_figures(document: Document, bundle: Bundle) -> dict[str, float | None]:
    """Crossings, costs and bend, by their names in `Measures`; None where not known."""
    ends = document.source, document.target
    figures: dict[str, float | None] = dict(_of_pairs(*ends, document.coupling))
    figures["least_cost"] = _least(*ends)
    return figures | _of_paths(bundle)


@lru_cache(maxsize=16)
def _of_pairs(
    source: Shape, target: Shape, coupling: Coupling
) -> tuple[tuple[str, float | None], ...]:
    pairs = sample_pairs(source, target, coupling, _COSTS)
    if not len(pairs):
        return ()
    lines = crossings(pairs[:_LINES, :2], pairs[:_LINES, 2:])
    cost = float(np.square(pairs[:, 2:] - pairs[:, :2]).sum(1).mean())
    return ("crossings", lines.share), ("meetings", lines.together), ("pair_cost", cost)


@lru_cache(maxsize=16)
def _least(source: Shape, target: Shape) -> float:
    """Squared Wasserstein-2 distance: what the cheapest coupling costs."""
    ends = build(source), build(target)
    w2, exact = w2_between(*ends, 2)
    if exact:
        return w2**2
    rng = torch_rng(0, Stream.LEAST_COST)
    x0, x1 = (end.sample(_ASSIGNED, rng).double() for end in ends)
    products = 2 * _product(x0, x1, 8) - _product(x0, x1, 16)
    powers = (end.sample(_MANY, rng).double().square().sum(1).mean() for end in ends)
    return float(sum(powers)) - 2 * products


def _product(x0: Tensor, x1: Tensor, batches: int) -> float:
    """E x0.x1 under the optimal assignment of points (n, 2) within so many batches.

    Its bias is about inversely proportional to the batch size, so Richardson extrapolation (twice
    the value for batches of twice the size, minus this) is nearly unbiased. The cost follows from
    it and the second moments, which are estimated from many samples.
    """
    x0, x1 = (x.view(batches, -1, 2) for x in (x0, x1))
    partner = optimal_assignment(squared_distances(x0, x1))[..., None].expand_as(x1)
    return float((x0 * x1.gather(1, partner)).sum(-1).mean())


def _of_paths(bundle: Bundle) -> dict[str, float | None]:
    paths = bundle.select(np.arange(min(PATHS, bundle.points.shape[1])))
    try:
        return {"flow_cost": transport_cost(paths), "straightness": bend(paths)}
    except Invalid:  # some particles are lost
        return {}
