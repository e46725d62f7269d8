"""The handler of a reflow: pairs made by the learned flow, as the next training's coupling."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.limits import Invalid
from flowlab.core.learning.reflow import pairs_of, reflowed
from flowlab.core.views.query import Reflow, ReflowPairs
from flowlab.work.queries import Known


def reflow(
    known: Known, _: Reflow, cancelled: Callable[[], bool], progress: Callable[[float], None]
) -> ReflowPairs:
    """Pairs (x0, where the newest network carries x0); raises `Invalid` before training."""
    model = known.model
    if model is None or not model.weights.step:
        raise Invalid("A reflow follows what was learned: train first.")
    pairs = pairs_of(model.field, model.document, cancelled=cancelled, progress=progress)
    document = reflowed(model.document, pairs)
    return ReflowPairs(document.source, document.target, document.coupling)
