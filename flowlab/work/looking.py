"""Handlers of questions about one point of the picture: the path through it, and the lens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from flowlab.core.learning.conditioning import field_shown
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.core.views.posterior_lens import lens_answer
from flowlab.core.views.query import Probe
from flowlab.work.latest_request import Superseded
from flowlab.work.queries import Known
from flowlab.work.sampling import document_for


def follow(
    known: Known, probe: Probe, cancelled: Callable[[], bool], _progress: Callable[[float], None]
) -> Bundle:
    """The paths through the probe's points, by the document's solver and the weights shown."""
    document, model = known.document, known.seen
    if model is None or document is None:
        raise Superseded
    direction = "reverse" if probe.from_time else "forward"
    solver = replace(document.solver, direction=direction)
    x = torch.tensor(probe.points, dtype=torch.float32).reshape(-1, 2)
    bundle = carried(field_shown(model.field, document), x, solver, cancelled=cancelled)
    return replace(bundle, step=model.weights.step)


def look(
    known: Known, query: LensQuery, _cancelled: Callable[[], bool], _: Callable[[float], None]
) -> LensAnswer:
    """The answer of a lens for the weights shown."""
    document, model = known.document, known.seen
    if model is None or document is None:
        raise Superseded
    return lens_answer(document_for(model, document), query, model.field, model.weights.step)
