"""A network that learns from the exact velocity itself."""

from __future__ import annotations

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training
from flowlab.core.exact import oracle_for
from flowlab.core.learning.trainer import run_training
from flowlab.core.metrics import velocity_error
from flowlab.run import Run


@pytest.mark.slow
def test_a_network_learns_eight_gaussians_to_within_one_percent() -> None:
    training = Training(target="exact", decay_every=800, decay_factor=0.4)
    document = Document(network=Network(width=64), training=training)
    run = Run(document=document, weights=run_training(document, steps=2500).weights())
    oracle = oracle_for(document)
    assert oracle is not None
    assert velocity_error(run.field, oracle, document) < 0.01
