"""Every family is recognised by keys and shapes, and what they don't say is assumed aloud."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import Card, recognise, with_assumption
from flowlab.images.formats.contents import read_contents
from tests.helpers import checkpoints as made

OPTIMISER = {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 1e-3}]}


def card_of(path: Path, content: Any, name: str = "a.pt") -> Card:
    torch.save(content, path / name)
    return recognise(read_contents(path / name))


def assumed(card: Card, name: str) -> Any:
    return next(a for a in card.assumed if a.name == name)


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


def test_another_meaning_has_its_own_time_and_settings(tmp_path: Path) -> None:
    card = with_assumption(card_of(tmp_path, made.unet2d()), "meaning", "google_ddpm")
    assert (card.predicts, card.time, card.T) == ("noise", "whole steps", 1000)
    assert card.schedule == {"kind": "linear", "beta_start": 1e-4, "beta_end": 0.02}
    assert card.settings["attention_head_dim"] is None
    assert card.settings["downsample_padding"] == 0
    assert "IADB, iterative α-(de)blending" in card.ambiguous
    assert assumed(card, "meaning").value == "google_ddpm"
    back = with_assumption(card, "meaning", "iadb")
    assert back == card_of(tmp_path, made.unet2d())


def test_an_assumption_is_one_of_its_options(tmp_path: Path) -> None:
    card = card_of(tmp_path, made.unet2d())
    assert with_assumption(card, "size", 128).size == 128
    with pytest.raises(Invalid, match=r"^size must be one of 16, .*, not 17\.$"):
        with_assumption(card, "size", 17)
    with pytest.raises(Invalid, match="'heads' is not assumed of this file; meaning, size may"):
        with_assumption(card, "heads", 1)


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


def test_torchcfm_and_pytorch_ddpm_share_their_outer_keys(tmp_path: Path) -> None:
    def saved(state: made.State) -> dict[str, Any]:
        average = {name: t + 1 for name, t in state.items()}
        return {
            "net_model": state,
            "ema_model": average,
            "sched": {},
            "optim": OPTIMISER,
            "step": 4,
        }

    flow = card_of(tmp_path, saved(made.guided()), "otcfm_cifar10_weights_step_400000.pt")
    assert (flow.network, flow.predicts, flow.time, flow.T) == (
        "guided_unet",
        "velocity",
        "unit",
        1,
    )
    assert (flow.group, flow.ema, flow.base) == ("ema_model", True, "gaussian")
    assert flow.ambiguous[0] == "Riemannian flow matching, noise cut off at ±1"
    assert with_assumption(flow, "meaning", "riemannian").base == "truncated gaussian"
    assert not with_assumption(flow, "group", "net_model").ema
    noise = saved(made.pytorch_ddpm()) | {"x_T": torch.zeros(2, 3, 48, 48)}
    card = card_of(tmp_path, noise, "ckpt.pt")
    assert (card.network, card.predicts, card.T, card.size) == ("ddpm_unet", "noise", 100, 48)
    assert card.settings["ch_mult"] == (1, 2, 2, 2)
    assert (card.settings["attn"], card.settings["num_res_blocks"]) == ((1,), 2)


def test_meta_s_checkpoint_with_its_average_as_a_list(tmp_path: Path) -> None:
    state = made.guided(8, (2, 2, 2), 4, (1,), resample="none", scale_shift=True)
    model = {"num_updates": torch.tensor(5)} | {f"model.{n}": t for n, t in state.items()}
    model |= {f"shadow_params.{i}": t for i, t in enumerate(state.values())}
    content = {"model": model, "optimizer": OPTIMISER, "epoch": 9, "scaler": {"scale": 1.0}}
    content |= {"lr_schedule": {"last": np.float64(1e-4)}, "args": argparse.Namespace(lr=1e-4)}
    card = card_of(tmp_path, content, "checkpoint-9.pth")
    assert (card.group, card.ema) == ("model.shadow_params", True)
    wanted = {"model_channels": 8, "channel_mult": (2, 2, 2), "num_res_blocks": 4}
    wanted |= {"attention_resolutions": (2,), "conv_resample": False, "resblock_updown": False}
    wanted |= {"use_scale_shift_norm": True, "use_new_attention_order": True, "num_heads": 1}
    assert {name: card.settings[name] for name in wanted} == wanted
    assert assumed(card, "use_new_attention_order").options == (False, True)


def test_openai_s_network_with_variance_and_classes(tmp_path: Path) -> None:
    state = made.guided(8, (1, 2, 3, 4), 3, (1, 2, 3), 3, 6, "block", True, 10)
    card = card_of(tmp_path, state, "64x64_diffusion.pt")
    assert (card.predicts, card.schedule) == ("noise and variance", {"kind": "cosine"})
    assert (card.condition, card.classes) == ("class", 10)
    wanted = {"channel_mult": (1, 2, 3, 4), "num_res_blocks": 3, "resblock_updown": True,
              "attention_resolutions": (2, 4, 8), "num_classes": 10}  # fmt: skip
    assert {name: card.settings[name] for name in wanted} == wanted
    assert with_assumption(card, "meaning", "improved_diffusion").T == 4000


def test_the_simple_unet(tmp_path: Path) -> None:
    card = card_of(tmp_path, made.simple_unet())
    assert (card.network, card.predicts, card.T, card.size) == ("simple_unet", "noise", 300, 128)
    assert card.settings["widths"] == (4, 8, 16, 32, 64)
    counted = sum(t.numel() for n, t in made.simple_unet().items() if ".running" not in n)
    assert card.parameters == counted - 16  # num_batches_tracked is no parameter
    assert with_assumption(card, "batch_norm", "batch").settings["batch_norm"] == "batch"
    assert with_assumption(card, "T", 200).T == 200


def test_lucidrains_states_its_steps_but_not_what_it_predicts(tmp_path: Path) -> None:
    state = made.lucidrains(steps=250)
    average = {f"ema_model.{n}": t for n, t in state.items()} | {"step": torch.tensor(3)}
    average |= {f"online_model.{n}": t for n, t in state.items()}
    content = {"step": 7, "model": state, "opt": OPTIMISER, "ema": average, "scaler": None}
    card = card_of(tmp_path, content, "model-7.pt")
    assert (card.network, card.group, card.ema, card.T) == (
        "lucidrains_unet",
        "ema.ema_model",
        True,
        250,
    )
    assert (card.settings["dim_mults"], card.settings["self_condition"]) == ((1, 2, 4, 8), False)
    assert assumed(card, "meaning").options == ("lucidrains", "lucidrains_v", "lucidrains_data")
    changed = with_assumption(card, "meaning", "lucidrains_v")
    assert (changed.predicts, changed.T) == ("v", 250)
    assert card_of(tmp_path, made.lucidrains(itself=True)).condition == "none"


def test_reflected_diffusion_and_score_sdes_write_the_same_keys(tmp_path: Path) -> None:
    state = made.ncsnpp()
    buffers = ("sigmas", "all_modules.0.W")
    shadow = [t for n, t in state.items() if n not in buffers]
    ema = {"decay": 0.9999, "num_updates": 8, "shadow_params": shadow}
    optimiser = OPTIMISER | {"lr": np.float64(2e-4)}
    content = {"optimizer": optimiser, "model": state, "ema": ema, "step": 8}
    (tmp_path / "checkpoints").mkdir()
    card = card_of(tmp_path / "checkpoints", content, "checkpoint_8.pth")
    assert (card.network, card.group, card.ema) == ("ncsnpp", "ema.shadow_params", True)
    assert (card.family, card.time) == ("score SDE, variance exploding", "sigma")
    wanted = {"nf": 8, "ch_mult": (1, 2, 2, 2), "num_res_blocks": 2, "attention": (1,),
              "progressive_input": "residual"}  # fmt: skip
    assert {name: card.settings[name] for name in wanted} == wanted
    (tmp_path / ".hydra").mkdir()
    (tmp_path / ".hydra" / "config.yaml").write_text("sde:\n  sigma_max: 7\n  sigma_min: 0.02\n")
    card = card_of(tmp_path / "checkpoints", content, "checkpoint_8.pth")
    assert (card.base, card.predicts, card.pixel_range) == ("uniform", "score", (0.0, 1.0))
    assert card.schedule == {"kind": "reflected ve", "sigma_min": 0.02, "sigma_max": 7.0}
    flow = with_assumption(card, "meaning", "rectified_flow")
    assert (flow.T, flow.schedule, flow.base) == (999, {}, "gaussian")
    card = card_of(tmp_path, {"model": made.vdm(), "step": 3})
    assert (card.network, card.base, card.settings["num_blocks"]) == ("vdm", "uniform", 4)


@pytest.mark.parametrize(
    ("prefix", "order", "activation"),
    [("net.", "x, t", "selu"), ("v.", "t, x", "relu"), ("main.", "x, t", "silu"),
     ("model.", "t, x", "selu")],
)  # fmt: skip
def test_networks_of_points(tmp_path: Path, prefix: str, order: str, activation: str) -> None:
    card = card_of(tmp_path, made.points_net(prefix))
    assert (card.network, card.channels, card.size) == ("mlp", 2, None)
    assert (card.settings["order"], card.settings["activation"]) == (order, activation)
    assert card.settings["widths"] == (64, 64, 64)
    swapped = "t, x" if order == "x, t" else "x, t"
    assert with_assumption(card, "order", swapped).settings["order"] == swapped


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["blocks.0.adaLN_modulation.1.weight", "x_embedder.proj.weight"], "latent space"),
        (["model.diffusion_model.x.weight", "first_stage_model.y.weight"], "latent diffusion"),
        (["model.map_layer0.weight", "model.enc.32x32_conv.weight"], "EDM"),
        (["a.weight", "b.weight"], "none of the networks"),
        (["input_blocks.0.0.weight", "time_embed.0.weight"], "classifier of noisy pictures"),
        (["encoder.conv_in.weight", "quant_conv.weight"], "autoencoder"),
        (["conv_in.weight", "time_embedding.linear_1.weight"], "only a part of a network"),
    ],
)
def test_other_networks_are_refused_by_what_they_are(
    tmp_path: Path, names: list[str], words: str
) -> None:
    with pytest.raises(Invalid, match=rf"^a\.pt: .*{words}.*\.$"):
        card_of(tmp_path, {name: torch.zeros(3, 3) for name in names})


def test_an_upsampler_and_a_latent_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="upsampler"):
        card_of(tmp_path, made.guided(channels=6, out_channels=6))
    with pytest.raises(Invalid, match="latent space"):
        card_of(tmp_path, made.unet2d((8, 16), (1,), 4, 4))
