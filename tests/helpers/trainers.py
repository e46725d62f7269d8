"""A document that is trained at once, and trainers held against each other."""

from __future__ import annotations

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics import velocity_error

SMALL = Document(network=Network(width=16, depth=2), training=Training(batch=64))


def same(one: Trainer, two: Trainer) -> bool:
    """Whether every weight is the same bit for bit."""
    a, b = one.weights().arrays, two.weights().arrays
    return all(np.array_equal(a[name], b[name]) for name in a)


def error_of(trainer: Trainer) -> float:
    """How far the learned velocity is from the exact one."""
    oracle = oracle_for(trainer.document)
    assert oracle is not None
    field = field_of(trainer.document, trainer.weights())
    return velocity_error(field, oracle, trainer.document, n=5000)
