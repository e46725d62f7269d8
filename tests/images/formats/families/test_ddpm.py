"""U-Nets of one program each: SimpleUnet and lucidrains'."""

from __future__ import annotations

from pathlib import Path

import torch

from flowlab.images.formats.card import with_assumption
from tests.helpers import checkpoints as made
from tests.helpers.cards import OPTIMISER, assumed, card_of


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
    wanted = {"attn_heads": 2, "attn_dim_head": 4, "era": "2024-05", "init_dim": 8}
    wanted |= {"full_attn": (False, False, False, True), "learned_sinusoidal_dim": 0}
    assert {name: card.settings[name] for name in wanted} == wanted
    assert assumed(card, "meaning").options == ("lucidrains", "lucidrains_v", "lucidrains_data")
    changed = with_assumption(card, "meaning", "lucidrains_v")
    assert (changed.predicts, changed.T) == ("v", 250)
    assert card_of(tmp_path, made.lucidrains(itself=True)).condition == "none"
