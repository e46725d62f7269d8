"""The settings that are read from a file's tensors are those of the network that wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowlab.images.formats.families import ddpm, guided, scores, unet2d
from flowlab.images.formats.records import Contents, TensorInfo
from flowlab.images.unets.load import build, differences

SKETCHES = {
    "unet2d": unet2d.sketch,
    "simple_unet": ddpm.simple_unet,
    "ddpm_unet": ddpm.pytorch_ddpm,
    "lucidrains_unet": ddpm.lucidrains,
    "guided_unet": guided.sketch,
    "ncsnpp": scores.ncsnpp,
    "vdm": scores.vdm,
}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "unet2d",
        {
            "block_out_channels": [32, 64, 64],
            "down_block_types": ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"],
            "up_block_types": ["AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
            "layers_per_block": 1,
            "num_class_embeds": 10,
            "resnet_time_scale_shift": "scale_shift",
        },
    ),
    ("simple_unet", {}),
    ("ddpm_unet", {"ch": 32}),
    *[("lucidrains_unet", {"dim": 16, "era": era}) for era in ("2022-11", "2023-06", "2023-10")],
    ("lucidrains_unet", {"dim": 16, "self_condition": True, "learned_sinusoidal_dim": 16}),
    ("guided_unet", {"model_channels": 32}),
    ("guided_unet", {"channel_mult": [2, 2, 2], "conv_resample": False, "num_classes": 11}),
    ("guided_unet", {"resblock_updown": True, "use_scale_shift_norm": True, "out_channels": 6}),
    ("ncsnpp", {"nf": 16}),
    ("ncsnpp", {"nf": 16, "fir": True, "num_res_blocks": 4}),
    ("vdm", {"channels": 16, "attention": True, "num_blocks": 3}),
]


@pytest.mark.parametrize(("network", "settings"), CASES)
def test_a_network_is_built_again_from_its_tensors(network: str, settings: dict[str, Any]) -> None:
    weights = build(network, settings).state_dict()
    tensors = {name: TensorInfo(tuple(w.shape), "float32") for name, w in weights.items()}
    sketch = SKETCHES[network](tensors, Contents(Path("x.pt"), "zip", {"": tensors}))
    assert sketch is not None
    assert sketch.network == network
    assert not differences(build(network, sketch.settings), weights)
