"""Figures of the coupling (crossings, costs) and of the flow's bend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.estimates import Estimate, clustered_mean, group_error
from flowlab.core.interpolants.crossings import crossings
from flowlab.core.interpolants.matching import optimal_assignment, squared_distances
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.metrics.transport import bend, transport_cost
from flowlab.core.views.bundle import Bundle

_LINES = 300  # whose crossings are counted
PATHS = 5000  # whose bend is measured, wherever it is shown
_BATCH, _ENDS = 256, 1024  # points matched at once, and ends of paths that are: some milliseconds
_GROUP = 64  # points at least in a group that shows an error
_COSTS, _SETS = 2048, 6  # pairs for costs, about, and sets of them at least


def pair_figures(document: Document, bundle: Bundle) -> dict[str, float | None]:
    """Crossings, costs and bend, by their names in `Measures`; None where not known."""
    ends = document.source, document.target
    return dict(pair_costs(*ends, document.coupling)) | _of_paths(bundle)


@lru_cache(maxsize=16)
def pair_costs(
    source: Shape, target: Shape, coupling: Coupling, seed: int = 0
) -> tuple[tuple[str, float | None], ...]:
    """The figures of pairs; those that were matched with each other don't vary independently."""
    matched = coupling.batch if coupling.kind in ("ot", "sinkhorn", "lines") else 1
    group = matched * -(-_GROUP // matched)
    at_once = group * max(1, round(_BATCH / group))
    sets = max(_SETS, round(_COSTS / at_once))
    pairs = sample_pairs(source, target, coupling, sets * at_once, seed)
    if not len(pairs):
        return ()
    batch = np.arange(len(pairs)) // matched
    few = np.unique(np.linspace(0, len(pairs) - 1, _LINES).astype(int))
    lines = crossings(pairs[few, :2], pairs[few, 2:], batch[few])
    costs = np.square(pairs[:, 2:] - pairs[:, :2], dtype=np.float64).sum(1)
    return (
        ("crossings", lines.share),
        ("meetings", lines.together),
        ("pair_cost", clustered_mean(costs, batch)),
        ("least_cost", _least(pairs[:, :2], pairs[:, 2:], at_once, group)),
    )


def _least(x0: Floats, x1: Floats, at_once: int, group: int) -> Estimate:
    """What the cheapest coupling of the points x0 and x1 (n, 2) costs, matched batch by batch.

    Never more than E|x1 - x0|^2 of the same points as they are paired. Large batches find nearly
    what all points together would. The costs of matched points depend on each other, so the error
    is that which independent groups of pairs show, each matched by itself.
    """
    ends = [torch.from_numpy(x.astype(np.float64)) for x in (x0, x1)]
    parts = [_cheapest(*each) for each in _split(ends, at_once)]
    groups = [_cheapest(*each) for each in _split(ends, group)] if group < at_once else parts
    means = [each.mean() for each in groups if len(each) == group]
    return Estimate(np.concatenate(parts).mean(), group_error(means), len(x0))


def _split(ends: list[torch.Tensor], size: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """Parts of so many points of both ends."""
    return zip(*(torch.split(x, size) for x in ends), strict=True)


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
    figures["flow_least"] = _least(few.points[0], few.points[-1], _BATCH, _GROUP)
    return figures
