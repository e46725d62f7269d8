"""Live metrics: distance to the target and error of the field, beside their noise floors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate
from flowlab.core.exact import why_none
from flowlab.core.learning.gradient_variance import variances
from flowlab.core.metrics import NoiseFloor, sliced_w2
from flowlab.core.views.bundle import Bundle
from flowlab.work.exact import floors, velocity_error
from flowlab.work.model import Model
from flowlab.work.pairing import pair_figures
from flowlab.work.status import Measures

_POINTS, _PROJECTIONS, _PAIRS = 2500, 64, 8  # about 10 ms for each live figure


def measurements(model: Model, bundle: Bundle) -> Iterator[dict[str, Any]]:
    """The figures of the model and of its flow's samples, by name; what is quickest comes first."""
    document = model.document
    distances = _distances(document, bundle) if bundle.flows else {}
    yield {"of_step": model.weights.step, "unknown": why_none(document), **distances}
    error = velocity_error(model)  # before the floors, which its draws improve
    yield {"velocity_error": error, **known_of(floors(document))}
    yield {"variances": _variances(document)}


def known_of(measures: Measures) -> dict[str, Any]:
    """The figures that are known, by their names in `Measures`."""
    return {name: value for name, value in vars(measures).items() if value is not None}


def _distances(document: Document, bundle: Bundle) -> dict[str, Any]:
    arrival, end = arrival_of(document, bundle)
    n = min(len(arrival), _POINTS)
    floor = _noise_floor(end, n)
    return {
        "sliced_w2": _distance(arrival[:n], end),
        "sliced_w2_floor": floor.mean,
        "sliced_w2_spread": floor.spread,
        **pair_figures(document, bundle),
    }


def _variances(document: Document) -> tuple[Floats, Floats, Floats] | None:
    curves = variances(document)
    return None if curves is None else (curves.times, curves.independent, curves.antithetic)


def arrival_of(document: Document, bundle: Bundle) -> tuple[Floats, Shape]:
    """The particles (n, 2) where the solver ended, and the shape that it should have reached."""
    if bundle.direction == "forward":
        return bundle.points[-1], document.target
    return bundle.points[0], document.source


def _distance(arrival: Floats, end: Shape) -> Estimate | None:
    if not np.isfinite(arrival).all():
        return None
    there = torch.from_numpy(arrival.copy())
    return sliced_w2(there, reference(end, len(arrival)), _PROJECTIONS)


@lru_cache(maxsize=8)
def reference(end: Shape, n: int) -> torch.Tensor:
    """Samples (n, 2) of a shape, the same at every call, so that figures can be compared."""
    return build(end).sample(n, torch_rng(0, Stream.REFERENCE))


@lru_cache(maxsize=64)
def _noise_floor(end: Shape, n: int) -> NoiseFloor:
    """The distances of fresh samples to the same reference as that of the arrivals."""
    return NoiseFloor.of([sliced_w2(fresh(end, n, k), reference(end, n), _PROJECTIONS)
                          for k in range(_PAIRS)], n)  # fmt: skip


def fresh(end: Shape, n: int, k: int) -> torch.Tensor:
    """Samples (n, 2) of a shape, independent of the reference and of those of another k."""
    return build(end).sample(n, torch_rng(0, Stream.FLOOR_PAIRS, k))
