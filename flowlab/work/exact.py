"""What live figures take from the exact field: loss floors, and the error of the velocity."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import lru_cache

from flowlab.core.document.document import Document, Network
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import (
    EvaluationSet,
    GrowingEvaluationSet,
    IrreducibleLoss,
    MixtureOracle,
    loss_floor,
    oracle_for,
)
from flowlab.core.metrics.classes import ClassDraws, class_draws
from flowlab.work.model import Model
from flowlab.work.status import Measures

_SECONDS = 0.02  # of a look that exact velocities may take
_DRAWS, _POINTS = 8192, 2560  # behind a floor, and behind the error of the velocity
_FEW = 128  # pairs of components whose floor has a formula that costs no more than a look

_lock = threading.Lock()


def physics(document: Document) -> Document:
    """What the exact field hangs on, everything else being as usual."""
    return Document(
        source=document.source,
        target=document.target,
        path=document.path,
        coupling=document.coupling,
    )


def floors(document: Document) -> Measures:
    """The least losses that any network can reach, where the exact field is known.

    Only of a network that predicts the velocity: other targets have floors of their own. So has a
    conditional network, which knows more.
    """
    if document.network.predicts != "velocity" or document.network.conditional:
        return Measures()
    own = physics(document)
    with _lock:
        growing = _growing(own)
        if growing is None:
            return Measures()
        found = _formula(own) or growing.floor()
    if found is None:
        return Measures()
    return Measures(mse_floor=found.mse, quadratic_floor=found.quadratic)


def velocity_error(model: Model) -> float | None:
    """rms(learned - exact) / rms(exact), from more points at every look until there are enough.

    Of a conditional network over all its classes.
    """
    if model.document.network.conditional:
        told = _of_classes(physics(model.document), model.document.network)
        return None if told is None else told.error(model.field)
    known = draws(model.document)
    return None if known is None else known.error(model.field, _POINTS)


def draws(document: Document) -> EvaluationSet | None:
    """The points with their exact velocities, some more at every look; None without an oracle."""
    with _lock:
        growing = _growing(physics(document))
        return None if growing is None else growing.grow(_SECONDS)


@lru_cache(maxsize=4)
def _of_classes(own: Document, network: Network) -> ClassDraws | None:
    return class_draws(replace(own, network=network), _POINTS)


@lru_cache(maxsize=4)
def _growing(own: Document) -> GrowingEvaluationSet | None:
    oracle = oracle_for(own)
    return None if oracle is None else GrowingEvaluationSet(oracle, own, _DRAWS)


@lru_cache(maxsize=16)
def _formula(own: Document) -> IrreducibleLoss | None:
    oracle = oracle_for(own)
    if not isinstance(oracle, MixtureOracle) or oracle.components > _FEW:
        return None
    return loss_floor(oracle, generator=torch_rng(0, Stream.LOSS_FLOOR))
