"""The U-Net of diffusers: IADB's weights, and folders that state what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise
from flowlab.images.formats.contents import read_contents
from tests.helpers import checkpoints as made
from tests.helpers.cards import OPTIMISER, assumed, card_of


@pytest.mark.parametrize("names", ["today", "before 0.17"])
def test_iadb_and_what_else_it_may_be(tmp_path: Path, names: str) -> None:
    state = made.unet2d() if names == "today" else made.old_names(made.unet2d())
    card = card_of(tmp_path, state, "celeba.ckpt")
    assert (card.network, card.predicts, card.time, card.T) == ("unet2d", "velocity", "unit", 1)
    assert card.parameters == sum(t.numel() for t in state.values())
    assert card.settings["block_out_channels"] == made.IADB
    assert card.settings["down_block_types"].index("AttnDownBlock2D") == 4
    assert card.settings["up_block_types"].index("AttnUpBlock2D") == 1
    assert (card.settings["layers_per_block"], card.settings["attention_head_dim"]) == (2, 8)
    assert any("DDPM of diffusers" in words for words in card.ambiguous)
    assert assumed(card, "meaning").options[0] == "iadb"
    assert json.loads(json.dumps(card.to_json()))["assumed"][0]["name"] == "meaning"


def folder(path: Path, state: made.State, scheduler: dict[str, Any], **config: Any) -> Path:
    """A pipeline of diffusers, with its weights as safetensors."""
    stated = {"_class_name": "UNet2DModel", "block_out_channels": [8, 16], "sample_size": 28}
    (path / "unet").mkdir(parents=True)
    (path / "scheduler").mkdir()
    (path / "model_index.json").write_text(json.dumps({"_class_name": "DDPMPipeline"}))
    (path / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    (path / "unet" / "config.json").write_text(json.dumps(stated | config))
    save_file(state, path / "unet" / "diffusion_pytorch_model.safetensors")
    return path


def test_a_folder_of_diffusers_states_its_meaning(tmp_path: Path) -> None:
    scheduler = {"num_train_timesteps": 500, "prediction_type": "v_prediction",
                 "beta_schedule": "squaredcos_cap_v2"}  # fmt: skip
    state = made.unet2d((8, 16), (1,), 1, 1)
    where = folder(tmp_path / "p", state, scheduler, norm_eps=1e-6, attention_head_dim=None)
    card = recognise(read_contents(where))
    assert (card.predicts, card.time, card.T, card.size) == ("v", "whole steps", 500, 28)
    assert (card.schedule["kind"], card.group, card.assumed) == ("cosine", "unet", ())
    assert (card.settings["norm_eps"], card.settings["attention_head_dim"]) == (1e-6, None)
    inside = recognise(read_contents(where / "unet" / "diffusion_pytorch_model.safetensors"))
    assert (inside.predicts, inside.T, inside.settings) == (card.predicts, 500, card.settings)


def test_a_folder_of_iadb_and_one_of_a_trainer(tmp_path: Path) -> None:
    state = made.unet2d((8, 16), (1,))
    where = folder(tmp_path / "p", state, {"_class_name": "IADBScheduler"}, sample_size=[64, 64])
    card = recognise(read_contents(where))
    assert (card.predicts, card.time, card.size, card.ambiguous) == ("velocity", "unit", 64, ())
    (tmp_path / "p" / "unet").rename(tmp_path / "p" / "unet_ema")
    card = recognise(read_contents(where))
    assert (card.group, card.ema) == ("unet_ema", True)


def test_a_flat_folder_of_the_first_days(tmp_path: Path) -> None:
    config = {"_class_name": "UNetUnconditionalModel", "block_channels": [8, 16], "image_size": 32,
              "down_blocks": ["UNetResDownBlock2D", "UNetResAttnDownBlock2D"]}  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "scheduler_config.json").write_text(json.dumps({"timesteps": 200}))
    torch.save(made.unet2d((8, 16), (1,)), tmp_path / "diffusion_pytorch_model.bin")
    card = recognise(read_contents(tmp_path))
    assert (card.T, card.size) == (200, 32)
    assert card.settings["down_block_types"] == ("DownBlock2D", "AttnDownBlock2D")


def test_the_settings_beside_must_be_those_of_the_weights(tmp_path: Path) -> None:
    where = folder(tmp_path / "p", made.unet2d((8, 32), (1,)), {})
    with pytest.raises(Invalid, match=r"^p: the config.json .* another network \(block_out"):
        recognise(read_contents(where))


def test_pictures_classes_and_variance_as_channels_tell(tmp_path: Path) -> None:
    card = card_of(tmp_path, made.unet2d((8, 16), (1,), 6, 3))
    assert (card.condition, card.channels, card.out_channels) == ("picture", 3, 3)
    assert card.settings["in_channels"] == 6
    card = card_of(tmp_path, made.unet2d((8, 16), (1,), 1, 1, classes=10))
    assert (card.condition, card.classes, card.size) == ("class", 10, 28)
    card = card_of(tmp_path, made.unet2d((8, 16), (1,), 3, 6))
    assert card.predicts == "noise and variance"


def test_networks_of_pesser_and_ermongroup(tmp_path: Path) -> None:
    state = made.converted_ddpm()
    card = card_of(tmp_path, state, "model-790000.ckpt")
    assert (card.network, card.predicts, card.settings["freq_shift"]) == ("unet2d", "noise", 1)
    listed = [{f"module.{n}": t for n, t in state.items()}, OPTIMISER, 7, 9000, state]
    card = card_of(tmp_path, listed, "ckpt.pth")
    assert (card.group, card.ema, card.parameters) == (
        "ema",
        True,
        sum(map(torch.numel, state.values())),
    )
