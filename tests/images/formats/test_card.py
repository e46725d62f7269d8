"""Cards: what is assumed and changed, and networks that are recognised and refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import with_assumption
from tests.helpers import checkpoints as made
from tests.helpers.cards import assumed, card_of


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
    with pytest.raises(Invalid, match=r"^size must be one of 32, 64, 128, 256, not 17\.$"):
        with_assumption(card, "size", 17)
    with pytest.raises(Invalid, match="'heads' is not assumed of this file; meaning, size may"):
        with_assumption(card, "heads", 1)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["blocks.0.adaLN_modulation.1.weight", "x_embedder.proj.weight"], "latent space"),
        (["model.diffusion_model.x.weight", "first_stage_model.y.weight"], "latent diffusion"),
        (["model.map_layer0.weight", "model.enc.32x32_conv.weight"], "EDM"),
        (["a.weight", "b.weight"], "none of the networks"),
        (["input_blocks.0.0.weight", "time_embed.0.weight"], "classifier of noisy pictures"),
        (["encoder.conv_in.weight", "quant_conv.weight"], "autoencoder"),
        (["nn_model.timeembed1.model.0.weight", "nn_model.out.0.weight"], "TeaPearce"),
        (["timestep_embed.weight", "u_net.d_blocks.0.weight"], "k-diffusion"),
        (["model.enc.64x64_conv.weight", "model.map_label.weight"], "reflected diffusion|EDM"),
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
