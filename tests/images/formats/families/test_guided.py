"""The U-Net of guided diffusion: flows of torchcfm and Meta, OpenAI's diffusions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch

from flowlab.images.formats.card import with_assumption
from tests.helpers import checkpoints as made
from tests.helpers.cards import OPTIMISER, assumed, card_of


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


def test_the_last_class_of_meta_s_table_is_none(tmp_path: Path) -> None:
    state = made.guided(scale_shift=True, classes=11)
    card = card_of(tmp_path, {"model": state, "args": argparse.Namespace(lr=1e-4)})
    assert (card.family, card.condition) == ("flow matching of Meta's library", "class")
    assert (card.classes, card.settings["num_classes"]) == (10, 11)
    assert with_assumption(card, "meaning", "torchcfm").classes == 11


def test_openai_s_network_with_variance_and_classes(tmp_path: Path) -> None:
    state = made.guided(8, (1, 2, 3, 4), 3, (1, 2, 3), 3, 6, "block", True, 10)
    card = card_of(tmp_path, state, "64x64_diffusion.pt")
    assert (card.predicts, card.schedule) == ("noise and variance", {"kind": "cosine"})
    assert (card.condition, card.classes, card.size) == ("class", 10, 64)
    wanted = {"channel_mult": (1, 2, 3, 4), "num_res_blocks": 3, "resblock_updown": True,
              "attention_resolutions": (2, 4, 8), "num_classes": 10}  # fmt: skip
    assert {name: card.settings[name] for name in wanted} == wanted
    assert with_assumption(card, "meaning", "improved_diffusion").T == 4000
