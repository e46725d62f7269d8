"""The plan of the view `flow_between_walls`: flow matching between walls, with and without them.

The network learns from straight lines between source and target, as ever (Xie et al. 2024,
arXiv:2405.16577). In a convex domain all of them lie inside, and the exact velocity never points
out of it; a learned one may, and so may long steps. The reflected flow then needs the walls.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.document.document import Document
from flowlab.core.domains.clipped import check_inside
from flowlab.core.domains.convexity import convex
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.reflected.flow_results import (
    EXACT,
    FREE,
    LINES,
    REFLECTED,
    FlowPane,
    StraightLines,
    WallFlow,
)
from flowlab.core.reflected.flow_start import COARSE, MOMENTS, Start
from flowlab.core.reflected.straight_lines import lines_of
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_kept: LruCache[FlowPane] = LruCache(6)  # of what doesn't depend on the network


def flow_between_walls(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The document's flow from source to target without walls and reflected, from the same starts.

    With the exact flow where that is known, and the straight lines where they leave the walls.
    Returns the reflected one, with the `WallFlow` as its `extra`. Raises `Cancelled`, or `Invalid`
    for walls that can't be, or an end outside.
    """
    began = time.perf_counter()
    for role in ("source", "target"):
        check_inside(document, role)
    forward = replace(document, solver=replace(document.solver, direction="forward"))
    flow, exact, note = flow_shown(forward, field)
    start = Start.of(forward, flow, options, exact=exact)
    free = start.without_walls(flow, FREE)
    panes = [start.measured(free), start.measured(start.reflected(flow, free.bundle))]
    spent = time.perf_counter() - began
    lines, is_convex = lines_of(forward, start.domain, MOMENTS), convex(start.domain)
    panes += [] if exact else _exactly(start)
    if lines is not None and not is_convex:
        panes.insert(0, _straight(start, *lines))
    extra = WallFlow(
        panes=tuple(panes),
        lines=None if lines is None else lines[2],
        fresh=start.fresh,
        exact=exact,
        bounds=start.domain.bounds,
    )
    main = next(pane.bundle for pane in panes if pane.kind == REFLECTED)
    return replace(main, extra=extra, exact_note=note, seconds=spent)


def evaluations(document: Document) -> int:
    """How many velocities of the network a particle takes in both pictures."""
    return 2 * document.solver.evaluations


def _exactly(start: Start) -> list[FlowPane]:
    """The particles by the exact velocity without walls, where that is known.

    While a network trains, and of a quick answer, only a few, unless all were carried before.
    """
    oracle = oracle_for(start.document)
    if oracle is None:
        return []
    n = len(start.whole)
    if start.fresh is None and _key(start, EXACT, n) not in _kept:
        n = min(n, COARSE)
    several = replace(start, x=start.whole[:n])
    return [_known(start, EXACT, n, lambda: several.without_walls(extended_field(oracle), EXACT))]


def _straight(start: Start, pairs: Floats, outside: Doubles, found: StraightLines) -> FlowPane:
    """As many points on straight lines, which have the marginals of the exact flow."""
    n = min(len(pairs), len(start.x))
    points = np.stack([pairs[:n, :2], pairs[:n, 2:]])
    times = np.array([0.0, 1.0], np.float32)
    bundle = Bundle(times=times, points=points, method=LINES, pairs=found.shown)
    pane = FlowPane(kind=LINES, bundle=bundle, left=0.0, outside=outside)
    return _known(start, LINES, n, lambda: pane)


def _known(start: Start, kind: str, n: int, make: Callable[[], FlowPane]) -> FlowPane:
    """A pane that doesn't depend on the network: the first of n particles that were kept."""
    key = _key(start, kind, n)
    pane = _kept.get(key, make)
    if start.fresh is not None:
        pane = _kept.get((key, start.fresh), lambda: start.measured(pane))
    bundle, n = pane.bundle, min(pane.bundle.count, len(start.x))
    if n < bundle.count:
        bundle = replace(bundle.select(np.arange(n)), pairs=bundle.pairs)
    facts = ends_of(start.document, start.options)
    labels = start.facts["labels"] if kind == EXACT else None
    labels = None if labels is None else labels[:n]
    return replace(pane, bundle=replace(bundle, labels=labels, classes=(), **facts))


def _key(start: Start, kind: str, n: int) -> tuple[object, ...]:
    d = start.document
    ends = d.source, d.target, d.path, d.coupling, d.network.conditional, d.seed
    return kind, ends, d.solver, start.domain, d.reflected.clip, n, len(start.whole)
