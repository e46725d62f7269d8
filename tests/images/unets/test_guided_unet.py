"""guided-diffusion's U-Net: against numbers of its own code, and attention written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.guided_blocks import AttentionBlock, GuidedCommon
from flowlab.images.unets.load import build, parameter_count
from tests.images.unets.weights import at_quarters, known_network, known_weights, waves

ADM64 = {  # of openai's 64x64_diffusion.pt, which predicts noise and variance
    "model_channels": 192,
    "num_res_blocks": 3,
    "channel_mult": [1, 2, 3, 4],
    "attention_resolutions": [2, 4, 8],
    "num_head_channels": 64,
    "resblock_updown": True,
    "use_scale_shift_norm": True,
    "num_classes": 1000,
    "out_channels": 6,
}
NARROW: dict[str, dict[str, Any]] = {
    "torchcfm": {"model_channels": 32, "num_heads": 4, "num_head_channels": 16},
    "flow_matching": {
        "model_channels": 32,
        "num_res_blocks": 1,
        "channel_mult": [2, 2, 2],
        "conv_resample": False,
        "use_scale_shift_norm": True,
        "use_new_attention_order": True,
    },
    "classes": {
        "model_channels": 32,
        "num_res_blocks": 1,
        "channel_mult": [1, 2, 3],
        "attention_resolutions": [2, 4],
        "num_head_channels": 16,
        "resblock_updown": True,
        "use_scale_shift_norm": True,
        "num_classes": 11,
        "use_new_attention_order": True,
        "out_channels": 6,
    },
    "heads": {
        "model_channels": 32,
        "num_res_blocks": 1,
        "channel_mult": [1, 2],
        "attention_resolutions": [1, 2],
        "num_heads": 4,
        "num_heads_upsample": 2,
    },
}


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("torchcfm", [0.2077817, -0.4014093, 0.2574788, 0.091168]),
        ("flow_matching", [-0.1044748, -0.1896312, -0.0529853, -0.2208604]),
        ("classes", [0.3343959, 0.1033466, 0.1951276, -0.0100698]),
        ("heads", [0.3018988, -0.0686207, 0.3981993, 0.2190148]),
    ],
)
def test_predictions_are_those_that_guided_diffusion_made(name: str, theirs: list[float]) -> None:
    network = known_network("guided_unet", NARROW[name])
    assert at_quarters(network, [0.37, 611.0]) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize(("settings", "count"), [({}, 35_746_307), (ADM64, 295_904_454)])
def test_parameters_are_as_many_as_published(settings: dict[str, Any], count: int) -> None:
    """DDPM's network for 32 x 32 pixels, and the one of 296 million of Dhariwal and Nichol."""
    assert parameter_count(build("guided_unet", settings)) == count


@pytest.mark.parametrize("new_order", [False, True])
def test_attention_written_out(new_order: bool) -> None:
    """Of channel 3 d h + ... or d h + ...: each head's queries, keys and values by their place."""
    heads, width, channels = 4, 16, 64
    block = AttentionBlock(channels, heads, GuidedCommon(8, False, new_order))
    block.load_state_dict(known_weights(block.state_dict()))
    x = waves("x", (1, channels, 2, 3))
    weights = {name: value.numpy() for name, value in block.state_dict().items()}
    rows = block.norm(x).detach().numpy().reshape(channels, 6)
    qkv = weights["qkv.weight"][:, :, 0] @ rows + weights["qkv.bias"][:, None]
    out = np.zeros((channels, 6))
    for head in range(heads):
        if new_order:
            parts = [qkv[part * channels + head * width :][:width] for part in range(3)]
        else:
            parts = [qkv[(3 * head + part) * width :][:width] for part in range(3)]
        q, k, v = parts
        for pixel in range(6):
            likeness = np.exp(q[:, pixel] @ k / np.sqrt(width))
            out[head * width :][:width, pixel] = v @ (likeness / likeness.sum())
    expected = weights["proj_out.weight"][:, :, 0] @ out + weights["proj_out.bias"][:, None]
    assert (block(x) - x).detach().numpy().reshape(channels, 6) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"num_heads": 3}, "256 channels can't be split into these attention heads"),
        ({"num_heads": -1}, "Either num_heads or num_head_channels"),
        ({"attention_resolutions": ["16"]}, "attention_resolutions must be whole numbers"),
        ({"channel_mult": [1, -2]}, "channel_mult must be"),
        ({"image_size": 32}, "has no setting 'image_size'"),
        ({"model_channels": 100}, "can't be normalised in 32 equal groups"),
    ],
)
def test_settings_of_no_network_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        build("guided_unet", wrong)
