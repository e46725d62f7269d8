"""From a file of weights to pictures: how each card is read, and a round trip of FlowLab's own."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from flowlab.core.diffusion.levels import levels_of as schedule_levels
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.images.digits import Pictures
from flowlab.images.model import SigmaTime, UnitTime, WholeSteps
from flowlab.images.opened import levels_of, open_checkpoint, predicts_of, time_of
from flowlab.images.runs import PictureRun, labels_of, looks, start_of
from flowlab.images.saving import card_of, checkpoint_bytes
from flowlab.images.trainer import PictureTrainer, Recipe
from flowlab.images.unets.initialise import initialised
from flowlab.images.unets.load import build
from flowlab.images.unets.network import ImageNetwork


def settings_of(kind: str) -> dict[str, Any]:
    scale = {"time_scale": 1.0} if kind == "ddpm" else {}
    return {"widths": (8, 8), "embedding": 8, "classes": 2} | scale


def trained(kind: str) -> PictureTrainer:
    recipe = Recipe(kind=kind, batch=8, T=20)
    network = build("digits", settings_of(kind))
    initialised(network, torch_rng(0, Stream.PICTURE_WEIGHTS))
    x = torch.randn(16, 1, 16, 16, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    trainer = PictureTrainer(network, Pictures(x, torch.arange(16) % 2), recipe, classes=2)
    trainer.advance(3)
    return trainer


def saved(trainer: PictureTrainer, path: Path) -> Path:
    network, kind = trainer.averaged, trainer.recipe.kind
    assert isinstance(network, ImageNetwork)
    card = card_of(network, settings_of(kind), trainer.recipe, 16, "digits")
    path.write_bytes(checkpoint_bytes(network, card, {"steps": trainer.step}))
    return path


@pytest.mark.parametrize("kind", ["iadb", "ddpm"])
def test_what_was_trained_is_what_is_opened(kind: str, tmp_path: Path) -> None:
    trainer = trained(kind)
    model = open_checkpoint(saved(trainer, tmp_path / "own.safetensors"))
    assert model.shape == (1, 16, 16)
    x, label = torch.randn(3, 1, 16, 16), torch.tensor([0, 1, 2])
    with torch.no_grad():
        expected = trainer.model().ends(x, 0.6, 0.8, label)
        found = model.model.ends(x, 0.6, 0.8, label)
    torch.testing.assert_close(found.data, expected.data)
    assert (model.levels is None) == (kind == "iadb")
    run = PictureRun(n=3, steps=4, method="ddpm" if kind == "ddpm" else "heun")
    one, again = (list(looks(model, run)) for _ in range(2))
    assert len(one) == 5
    assert torch.equal(one[-1].x, again[-1].x)
    assert one[-1].t == 1.0
    assert bool(one[-1].x.isfinite().all())
    assert torch.equal(start_of(model, run), start_of(model, replace(run, n=9))[:3])


def test_classes_are_told_in_turn_or_one_of_them(tmp_path: Path) -> None:
    model = open_checkpoint(saved(trained("iadb"), tmp_path / "own.safetensors"))
    every = labels_of(model, PictureRun(n=5))
    assert every is not None
    assert every.tolist() == [0, 1, 0, 1, 0]
    one = labels_of(model, PictureRun(n=2, label=1))
    assert one is not None
    assert one.tolist() == [1, 1]
    with pytest.raises(Invalid, match="of 2 classes"):
        labels_of(model, PictureRun(label=2))
    bare = replace(model, card=replace(model.card, condition="none", classes=0))
    assert labels_of(bare, PictureRun()) is None
    with pytest.raises(Invalid, match="knows no classes"):
        labels_of(bare, PictureRun(label=0))


def test_each_time_and_schedule_is_read_as_its_card_says(tmp_path: Path) -> None:
    card = open_checkpoint(saved(trained("ddpm"), tmp_path / "own.safetensors")).card
    linear = levels_of(replace(card, T=1000))
    assert linear is not None
    torch.testing.assert_close(linear.signal, schedule_levels(T=1000).signal)
    cosine = levels_of(replace(card, T=100, schedule={"kind": "cosine"}))
    assert cosine is not None
    torch.testing.assert_close(cosine.signal, schedule_levels(schedule="cosine", T=100).signal)
    scaled = levels_of(replace(card, T=3, schedule={"kind": "scaled_linear", "beta_start": 0.01,
                                                    "beta_end": 0.09}))  # fmt: skip
    assert scaled is not None
    assert float(scaled.signal[2]) == pytest.approx(math.sqrt(0.99))
    assert float(scaled.signal[0]) == pytest.approx(math.sqrt(0.99 * 0.96 * 0.91))
    stored = levels_of(card, torch.full((5,), 0.5))
    assert stored is not None
    assert stored.T == 5
    assert isinstance(time_of(card, stored), WholeSteps)
    with pytest.raises(Invalid, match="noise schedule, warm"):
        levels_of(replace(card, schedule={"kind": "warm"}))
    with pytest.raises(Invalid, match="no noise at all"):
        levels_of(card, torch.zeros(5))
    backwards = replace(card, time="unit", predicts="velocity", T=1, schedule={"noise_at": 1})
    assert predicts_of(backwards) == "velocity into noise"
    unit = time_of(backwards, None)
    assert isinstance(unit, UnitTime)
    assert unit.told(0.2, 0.8) == pytest.approx(0.8)
    sigma = replace(card, time="log sigma", schedule={"sigma_min": 0.01, "sigma_max": 5.0})
    told = time_of(sigma, None)
    assert isinstance(told, SigmaTime)
    assert told.told(0.5, 1.0) == pytest.approx(math.log(2))
    with pytest.raises(Invalid, match="between which sigmas"):
        time_of(replace(sigma, schedule={}), None)
