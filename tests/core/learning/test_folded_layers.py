"""A network's layers at many times at once are those of each time."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.folded_layers import folded_layers
from flowlab.core.learning.trainer import Trainer

TIMES = [0.0, 0.02, 0.4, 0.75, 1.0]
KINDS = {
    "plain": (Path(), {"precondition": False}),
    "velocity": (Path(), {}),
    "noisy": (Path(noise="brownian"), {"predicts": "velocity_and_noise"}),
    "score": (Path(kind="encoding", noise="sine"), {"predicts": "score"}),
    "waves": (Path(), {"waves": "on"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_many_times_at_once(kind: str) -> None:
    path, fields = KINDS[kind]
    document = Document(path=path, network=Network(width=16, depth=2, **fields))  # type: ignore[arg-type]
    field = field_of(document, Trainer(document).weights())
    assert isinstance(field, LearnedVelocity)
    given = field._net, field._layers
    times = [min(max(t, field.edge), 1 - field.edge) for t in TIMES]
    together = folded_layers(*given, times, field._to_velocity)
    for k, t in enumerate(times):
        alone, own = folded_layers(*given, [t], field._to_velocity).at(0), together.at(k)
        for name in ("first", "last", "base", "frequencies"):
            one, other = getattr(alone, name), getattr(own, name)
            assert (one is None) == (other is None)
            if one is not None:
                torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
        steps = together.first[k] - together.first[k - 1]
        assert float(steps.abs().max()) > 1e-3  # times differ
