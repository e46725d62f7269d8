"""How good a picture is: distance to the target and error of the field, beside their floors."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.gradient_variance import variances
from flowlab.core.metrics import NoiseFloor, noise_floor, sliced_w2
from flowlab.core.views.bundle import Bundle
from flowlab.work.exact import floors, velocity_error
from flowlab.work.model import Model
from flowlab.work.pairing import pair_figures
from flowlab.work.status import Measures

_POINTS, _PROJECTIONS, _PAIRS = 2500, 64, 8  # of the live figures: about 10 ms each


def measure(model: Model, bundle: Bundle) -> Measures:
    """The figures of the model and, where its bundle is a flow, of where that arrives."""
    document = model.document
    error = velocity_error(model)  # first: it knows more about the floors then
    found = replace(floors(document), velocity_error=error, variances=_variances(document))
    return replace(found, **_distances(document, bundle)) if bundle.flows else found


def _distances(document: Document, bundle: Bundle) -> dict[str, Any]:
    arrival, end = arrival_of(document, bundle)
    n = min(len(arrival), _POINTS)
    least = _noise_floor(end, n)
    return {
        "sliced_w2": _distance(arrival[:n], end),
        "sliced_w2_floor": least.mean,
        "sliced_w2_spread": least.spread,
        **pair_figures(document, bundle),
    }


def _variances(document: Document) -> tuple[Floats, Floats, Floats] | None:
    found = variances(document)
    return None if found is None else (found.times, found.independent, found.antithetic)


def arrival_of(document: Document, bundle: Bundle) -> tuple[Floats, Shape]:
    """Where the solver ended, and the distribution that it should have reached."""
    if bundle.direction == "forward":
        return bundle.points[-1], document.target
    return bundle.points[0], document.source


def _distance(arrival: Floats, end: Shape) -> float | None:
    if not np.isfinite(arrival).all():
        return None
    fresh = reference(end, len(arrival))
    return sliced_w2(torch.from_numpy(arrival.copy()), fresh, _PROJECTIONS)


@lru_cache(maxsize=8)
def reference(end: Shape, n: int) -> torch.Tensor:
    """The same n samples (n, 2) of a shape at every look, so that figures can be compared."""
    return build(end).sample(n, torch_rng(0, Stream.REFERENCE))


@lru_cache(maxsize=64)
def _noise_floor(end: Shape, n: int) -> NoiseFloor:
    return noise_floor(lambda x, y: sliced_w2(x, y, _PROJECTIONS), build(end), n, _PAIRS)
