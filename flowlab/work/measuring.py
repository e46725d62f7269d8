"""How good a picture is: distance to the target and error of the field, beside their floors."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from flowlab.core.bundle import Bundle
from flowlab.core.distributions import build
from flowlab.core.document import Document
from flowlab.core.metrics import sliced_w2, sliced_w2_floor, velocity_error
from flowlab.core.oracles import MixtureOracle, loss_floor, oracle_for
from flowlab.core.shapes import Shape
from flowlab.work.model import Model
from flowlab.work.pairing import pair_figures
from flowlab.work.status import Measures

_POINTS, _PROJECTIONS, _PAIRS = 2500, 64, 8  # of the live figures: about 10 ms each
_ERROR_POINTS = 2500
_STREAM = 7_919  # the reference samples are never those that the particles started from


@lru_cache(maxsize=64)
def floors(source: Shape, target: Shape) -> Measures:
    """The least losses that any network can reach, where the exact field is known."""
    oracle = _oracle(source, target)
    if oracle is None:
        return Measures()
    mse, quadratic = loss_floor(oracle, generator=torch.Generator().manual_seed(_STREAM))
    return Measures(mse_floor=mse, quadratic_floor=quadratic)


def measure(model: Model, bundle: Bundle) -> Measures:
    """The figures of a bundle, and of the model that it was computed with."""
    document = model.document
    known = floors(document.source, document.target)
    oracle = _oracle(document.source, document.target)
    arrival, end = _arrival(document, bundle)
    n = min(len(arrival), _POINTS)
    return replace(
        known,
        sliced_w2=_distance(arrival[:n], end),
        sliced_w2_floor=_noise_floor(end, n),
        velocity_error=None
        if oracle is None
        else velocity_error(model.field, oracle, document, n=_ERROR_POINTS, seed=_STREAM),
        **pair_figures(document, bundle),
    )


def _arrival(document: Document, bundle: Bundle) -> tuple[np.ndarray, Shape]:
    """Where the solver ended, and the distribution that it should have reached."""
    if bundle.direction == "forward":
        return bundle.points[-1], document.target
    return bundle.points[0], document.source


def _distance(arrival: np.ndarray, end: Shape) -> float | None:
    if not np.isfinite(arrival).all():
        return None
    reference = _reference(end, len(arrival))
    return sliced_w2(torch.from_numpy(arrival.copy()), reference, _PROJECTIONS)


@lru_cache(maxsize=8)
def _reference(end: Shape, n: int) -> torch.Tensor:
    return build(end).sample(n, torch.Generator().manual_seed(_STREAM))


@lru_cache(maxsize=64)
def _noise_floor(end: Shape, n: int) -> float:
    return sliced_w2_floor(build(end), n, _PROJECTIONS, _PAIRS, seed=_STREAM)


@lru_cache(maxsize=8)
def _oracle(source: Shape, target: Shape) -> MixtureOracle | None:
    return oracle_for(Document(source=source, target=target))
