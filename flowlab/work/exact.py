"""Live figures from the exact field: irreducible losses, and the error of the velocity."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from functools import lru_cache

from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.core.document.network import Network
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import BOUND
from flowlab.core.estimates import Estimate
from flowlab.core.exact import (
    EvaluationSet,
    GrowingEvaluationSet,
    IrreducibleLoss,
    MixtureOracle,
    loss_floor,
    oracle_for,
)
from flowlab.core.metrics.classes import ClassDraws, class_draws
from flowlab.work.latest_request import ShouldStop
from flowlab.work.model import Model
from flowlab.work.status import Measures

_SECONDS = 0.02  # for exact velocities, in one measurement
_ROWS, _SWEEPS = 256, 16  # points of each time, and sweeps over [0, 1], for a loss floor
_POINTS = 2560  # for the error of the velocity
_FEW = 128  # pairs of components, up to which the loss floor's formula is fast enough

_lock = threading.Lock()


def exact_inputs(document: Document) -> Document:
    """The parts of the document that the exact field depends on; the rest is default."""
    return Document(
        source=document.source,
        target=document.target,
        path=document.path,
        coupling=document.coupling,
    )


def floors(document: Document) -> Measures:
    """The irreducible losses, which no network can undercut, where the exact field is known.

    Only for an unconditional network that predicts the velocity, every time weighted alike: other
    targets, weights, and a conditional network, have other floors.
    """
    if document.network.predicts != "velocity" or document.network.conditional:
        return Measures()
    if document.training.loss_weights == BOUND:
        return Measures()
    inputs = exact_inputs(document)
    with _lock:
        growing = _growing_set(inputs)
        if growing is None:
            return Measures()
        floor = _formula(inputs) or growing.floor()
    if floor is None:
        return Measures()
    return Measures(
        mse_floor=Estimate(floor.mse, floor.mse_error),
        quadratic_floor=Estimate(floor.quadratic, floor.quadratic_error),
    )


def refine(document: Document, cancelled: ShouldStop) -> bool:
    """Compute all points of the document's evaluation set; True if there were any left to do."""
    with _lock:
        growing = _growing_set(exact_inputs(document))
    only_learned = document.network.conditional or between_walls(document)
    if growing is None or growing.is_whole or only_learned:
        return False
    while not growing.is_whole and not cancelled():
        with _lock:
            growing.grow(_SECONDS)
    return True


def velocity_error(model: Model) -> Estimate | None:
    """rms(learned - exact) / rms(exact), from more points at each call until there are enough.

    For a conditional network, over all its classes. None where the exact field is unknown, for a
    score between walls, and until there are enough points for its standard error.
    """
    if between_walls(model.document):
        return None
    if model.document.network.conditional:
        class_sets = _class_sets(exact_inputs(model.document), model.document.network)
        return None if class_sets is None else class_sets.error(model.field)
    points = evaluation_set(model.document)
    found = None if points is None else points.error(model.field, _POINTS)
    return None if found is None or math.isnan(found.error) else found


def evaluation_set(document: Document) -> EvaluationSet | None:
    """Points and their exact velocities, more at each call; None without an oracle."""
    with _lock:
        growing = _growing_set(exact_inputs(document))
        return None if growing is None else growing.grow(_SECONDS)


@lru_cache(maxsize=4)
def _class_sets(inputs: Document, network: Network) -> ClassDraws | None:
    return class_draws(replace(inputs, network=network), _POINTS)


@lru_cache(maxsize=4)
def _growing_set(inputs: Document) -> GrowingEvaluationSet | None:
    oracle = oracle_for(inputs)
    return None if oracle is None else GrowingEvaluationSet(oracle, inputs, _ROWS, _SWEEPS)


@lru_cache(maxsize=16)
def _formula(inputs: Document) -> IrreducibleLoss | None:
    oracle = oracle_for(inputs)
    if not isinstance(oracle, MixtureOracle) or oracle.components > _FEW:
        return None
    return loss_floor(oracle, generator=torch_rng(0, Stream.LOSS_FLOOR))
