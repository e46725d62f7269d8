"""diffusers' U-Net: against numbers of diffusers 0.42.1, and against diffusers where it is."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.load import build, load_strictly, parameter_count
from flowlab.images.unets.unet2d import UNet2D
from flowlab.images.unets.unet2d_blocks import Downsample
from tests.images.unets.weights import at_quarters, known_network, known_weights, waves

DEEP = {
    "down_block_types": [*["DownBlock2D"] * 4, "AttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "AttnUpBlock2D", *["UpBlock2D"] * 4],
}
OLDER = {  # what the first public DDPMs have in common
    "attention_head_dim": None,
    "downsample_padding": 0,
    "flip_sin_to_cos": False,
    "freq_shift": 1,
    "norm_eps": 1e-6,
}
IADB = {"block_out_channels": [128, 128, 256, 256, 512, 512], "add_attention": True, **DEEP}
NARROW = {"block_out_channels": [32, 32, 64, 64, 96, 96], "layers_per_block": 1}
CONFIGS: dict[str, dict[str, Any]] = {  # of google/ddpm-cifar10-32 and so on, a quarter as wide
    "cifar10": {
        "block_out_channels": [32, 64, 64, 64],
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D", *["DownBlock2D"] * 2],
        "up_block_types": [*["UpBlock2D"] * 2, "AttnUpBlock2D", "UpBlock2D"],
        **OLDER,
    },
    "celebahq": {**NARROW, **DEEP, **OLDER},
    "iadb": {**IADB, **NARROW},
    "mnist": {
        "in_channels": 1,
        "out_channels": 1,
        "block_out_channels": [32, 64, 64],
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
        "layers_per_block": 1,
        "num_class_embeds": 10,
        "mid_block_scale_factor": 1.4,
        "resnet_time_scale_shift": "scale_shift",
    },
}
TIMES = [0.37, 611.0]


@pytest.mark.parametrize(
    ("config", "theirs"),
    [
        ("cifar10", [0.5639176, -0.6013592, 0.1453126, 0.4304869]),
        ("celebahq", [0.4660126, -0.3145272, 0.1359445, 0.4659531]),
        ("iadb", [0.3944338, -0.3023919, 0.1539416, 0.4671038]),
        ("mnist", [0.1636865, -0.0364647, -0.1760348, -0.1159356]),
    ],
)
def test_predictions_are_those_that_diffusers_made(config: str, theirs: list[float]) -> None:
    network = known_network("unet2d", CONFIGS[config])
    assert at_quarters(network, TIMES, 32) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("config", CONFIGS)
def test_predictions_are_those_that_diffusers_makes(config: str) -> None:
    diffusers = pytest.importorskip("diffusers")
    theirs = diffusers.UNet2DModel(**CONFIGS[config]).eval()
    weights = known_weights(theirs.state_dict())
    theirs.load_state_dict(weights)
    ours = load_strictly(build("unet2d", CONFIGS[config]), weights)
    x, t = waves("x", (2, ours.in_channels, 32, 32)).double(), torch.tensor(TIMES)
    label = torch.tensor([3, 7]) if ours.classes else None
    with torch.no_grad():
        expected = theirs.double()(x, t.double(), label).sample
    assert (ours.double()(x, t.double(), label) - expected).abs().max() < 1e-10


@pytest.mark.parametrize(
    ("config", "count"),
    [
        (IADB, 113_673_219),  # as stated for IADB's network
        ({**CONFIGS["cifar10"], "block_out_channels": [128, 256, 256, 256]}, 35_746_307),  # DDPM's
    ],
)
def test_parameters_are_counted_without_being_made(config: dict[str, Any], count: int) -> None:
    network = build("unet2d", config)
    assert parameter_count(network) == count
    assert {value.device.type for value in network.state_dict().values()} == {"meta"}


def test_old_names_of_the_attention_are_known() -> None:
    network = build("unet2d", CONFIGS["mnist"])
    weights = known_weights(network.state_dict())
    renamed = {}
    for name, value in weights.items():
        for now, then in [("to_q", "query"), ("to_k", "key"), ("to_v", "value")]:
            name = name.replace(f".{now}.", f".{then}.")
        renamed[name.replace(".to_out.0.", ".proj_attn.")] = value
    assert renamed.keys() != weights.keys()
    load_strictly(network, renamed)
    assert network.state_dict()["mid_block.attentions.0.to_out.0.bias"].equal(
        renamed["mid_block.attentions.0.proj_attn.bias"]
    )


def test_a_fractional_time_is_not_cut_to_a_whole_one() -> None:
    """diffusers casts a Python number to a whole one, so that IADB's 0.37 would be 0."""
    network = known_network("unet2d", CONFIGS["mnist"])
    assert at_quarters(network, [0.37, 0.37]) != pytest.approx(
        at_quarters(network, [0.0, 0.0]), abs=1e-3
    )


@pytest.mark.parametrize("padding", [0, 1])
def test_older_networks_halve_from_another_corner(padding: int) -> None:
    """Each pixel is the one in the middle of a filter: of odd places without padding, else even."""
    halve = Downsample(1, padding)
    middle = torch.eye(3)[1]
    halve.load_state_dict(
        {"conv.weight": middle.outer(middle)[None, None], "conv.bias": torch.zeros(1)}
    )
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    first = 1 - padding
    assert halve(x).equal(x[:, :, first::2, first::2])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"down_block_types": ["SkipDownBlock2D"] * 4}, "knows down_block_types DownBlock2D or"),
        ({"down_block_types": ["DownBlock2D"] * 3}, "down_block_types must be 4 words"),
        ({"block_out_channels": [32, 64.5]}, "block_out_channels must be 1 to 10 whole numbers"),
        ({"block_out_channels": [32] * 99}, "block_out_channels must be"),
        ({"norm_num_groups": 5}, "can't be normalised in 5 equal groups"),
        ({"attention_head_dim": 10_000}, "can't be split into attention heads"),
        ({"layers_per_block": 10**9}, "layers_per_block must be"),
        ({"norm_eps": float("nan")}, "norm_eps must be"),
        ({"time_embedding_type": "fourier"}, "knows time_embedding_type positional only"),
        ({"class_embed_type": "identity"}, "knows class_embed_type None only"),
        ({"num_class_embeds": -1}, "num_class_embeds must be a whole number from 1 to 100,000"),
    ],
)
def test_settings_of_no_network_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        build("unet2d", wrong)


def test_what_a_config_says_beside_the_network_is_ignored() -> None:
    beside = {"_class_name": "UNet2DModel", "sample_size": 32, "decay": 0.9999, "dropout": 0.1}
    assert isinstance(build("unet2d", {**CONFIGS["mnist"], **beside}), UNet2D)


def test_a_network_may_lack_its_middle() -> None:
    network = known_network("unet2d", {**CONFIGS["mnist"], "mid_block_type": None})
    assert not [name for name in network.state_dict() if name.startswith("mid_block.")]
    whole = known_network("unet2d", CONFIGS["mnist"])
    assert at_quarters(network, TIMES) != pytest.approx(at_quarters(whole, TIMES), abs=1e-3)
