"""What the engine does about another path."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document.document import Document
from flowlab.core.document.learned import flow_of, learned
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.training import Training
from flowlab.work.cache_keys import fixed


def test_another_path_or_prediction_is_a_fresh_trainer_and_another_picture() -> None:
    before = Document()
    for after in (
        replace(before, path=Path(clock="late")),
        replace(before, path=Path(noise="brownian")),
        replace(before, network=Network(predicts="denoiser")),
    ):
        assert flow_of(before) != flow_of(after)
        assert fixed(before) != fixed(after)
        assert learned(before) != learned(after)


def test_antithetic_pairs_keep_the_trainer_warm() -> None:
    before = Document(path=Path(noise="brownian"))
    after = replace(before, training=Training(antithetic=False))
    assert flow_of(before) == flow_of(after)
    assert learned(before) != learned(after)
