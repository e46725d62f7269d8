"""A document that is trained at once, and trainers held against each other."""

from __future__ import annotations

import numpy as np

from flowlab.core.document.document import Document, Network, Training
from flowlab.core.learning.trainer import Trainer

SMALL = Document(network=Network(width=16, depth=2), training=Training(batch=64))


def same(one: Trainer, two: Trainer) -> bool:
    """Whether every weight is the same bit for bit."""
    a, b = one.weights().arrays, two.weights().arrays
    return all(np.array_equal(a[name], b[name]) for name in a)
