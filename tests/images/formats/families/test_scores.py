"""Score networks of score SDEs and of reflected diffusion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from flowlab.images.formats.card import with_assumption
from tests.helpers import checkpoints as made
from tests.helpers.cards import OPTIMISER, card_of


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
    reflected = card_of(tmp_path, content | {"scaler": None})  # Reflected Diffusion alone has it
    assert (reflected.family, reflected.schedule["sigma_max"]) == ("reflected diffusion", 5.0)
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
