"""A few pairs of a coupling, to be looked at and measured."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch

from flowlab.core.couplings import coupler_of
from flowlab.core.document import Coupling, Document
from flowlab.core.limits import Invalid
from flowlab.core.shapes import Shape

Floats = np.ndarray[Any, Any]

_STREAM = 7  # of the document's dice; see `Trainer` for the others


@lru_cache(maxsize=16)
def some_pairs(source: Shape, target: Shape, coupling: Coupling, n: int, seed: int = 0) -> Floats:
    """Pairs (n, 4) float32, read-only; none where the coupling has none for these distributions."""
    dice = torch.Generator().manual_seed(seed * 8 + _STREAM)
    document = Document(source=source, target=target, coupling=coupling)
    try:
        pairs: Floats = torch.cat(coupler_of(document).fresh(n, dice), 1).numpy()
    except Invalid:
        pairs = np.zeros((0, 4), np.float32)
    pairs.setflags(write=False)
    return pairs
