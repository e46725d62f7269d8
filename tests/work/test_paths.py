"""What the engine does about another path."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document import Document, Network, Path, Training
from flowlab.work.aspects import fixed, learned
from flowlab.work.training import _needs_new_trainer


def test_another_path_or_prediction_is_a_fresh_trainer_and_another_picture() -> None:
    before = Document()
    for after in (
        replace(before, path=Path(clock="late")),
        replace(before, path=Path(noise="brownian")),
        replace(before, network=Network(predicts="denoiser")),
    ):
        assert _needs_new_trainer(before, after)
        assert fixed(before) != fixed(after)
        assert learned(before) != learned(after)


def test_antithetic_pairs_keep_the_trainer_warm() -> None:
    before = Document(path=Path(noise="brownian"))
    after = replace(before, training=Training(antithetic=False))
    assert not _needs_new_trainer(before, after)
    assert learned(before) != learned(after)
