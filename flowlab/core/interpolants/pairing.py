"""A few pairs of a coupling, for display and measurement."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.interpolants.couplings import coupler_of


@lru_cache(maxsize=16)
def sample_pairs(
    source: Shape,
    target: Shape,
    coupling: Coupling,
    n: int,
    seed: int = 0,
    conditional: bool = False,
) -> Floats:
    """Pairs (n, 4) float32, read-only; empty if the coupling has none for these distributions.

    If `conditional`, pairs are matched within each class, as a conditional network learns from
    them.
    """
    rng = torch_rng(seed, Stream.SHOWN_PAIRS)
    network = Network(conditional=conditional)
    document = Document(source=source, target=target, coupling=coupling, network=network)
    try:
        pairs: Floats = torch.cat(coupler_of(document).fresh(n, rng), 1).numpy()
    except Invalid:
        pairs = np.zeros((0, 4), np.float32)
    pairs.setflags(write=False)
    return pairs
