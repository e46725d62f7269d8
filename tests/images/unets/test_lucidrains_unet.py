"""lucidrains' U-Net: against numbers of its own code, as of four times."""

from __future__ import annotations

from typing import Any

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.load import build, load_strictly
from flowlab.images.unets.lucidrains_blocks import ERAS
from flowlab.images.unets.lucidrains_unet import LucidrainsUnet
from tests.images.unets.weights import at_quarters, known_network, known_weights

LEARNED = {"self_condition": True, "learned_sinusoidal_dim": 16}


@pytest.mark.parametrize(
    ("era", "more", "theirs"),
    [
        ("2022-11", {}, [-1.811242, 2.1006533, -1.8846824, 1.9121633]),
        ("2023-06", LEARNED, [-0.7927227, 1.3593409, -2.1170157, 1.4297454]),
        ("2023-10", {}, [-1.20444, 1.142771, -1.3544701, 1.1964308]),
        ("2024-05", LEARNED, [-1.1172318, 1.7923993, -2.5118004, 1.9359537]),
        ("2024-05", {"init_dim": 24, "out_dim": 6}, [-0.8405598, 0.1310613, -0.8143767, 0.1624474]),
    ],
)
def test_predictions_are_those_that_its_code_made(
    era: str, more: dict[str, Any], theirs: list[float]
) -> None:
    if era == "2022-11":  # their names, of which the known weights depend
        network = build("lucidrains_unet", {"dim": 16, "dim_mults": [1, 2, 4], "era": era})
        weights = {_older(name): value for name, value in network.state_dict().items()}
        load_strictly(network, known_weights(weights)).double()
    else:
        settings = {"dim": 16, "dim_mults": [1, 2, 4], "era": era, **more}
        network = known_network("lucidrains_unet", settings)
    assert isinstance(network, LucidrainsUnet)
    assert at_quarters(network, [3.0, 0.411]) == pytest.approx(theirs, abs=1e-5)


def _older(name: str) -> str:
    """The name before June 2023."""
    for part in ("to_qkv", "to_out"):
        name = name.replace(f".{part}.", f".fn.fn.{part}.")
    return name.replace(".2.norm.", ".2.fn.norm.").replace("attn.norm.", "attn.fn.norm.")


@pytest.mark.parametrize("era", ERAS)
def test_full_attention_is_at_the_bottom_or_nowhere(era: str) -> None:
    shapes = build("lucidrains_unet", {"dim": 16, "era": era}).state_dict()
    assert ("downs.3.2.to_out.weight" in shapes) == (era != "2022-11")
    assert "downs.2.2.to_out.0.weight" in shapes


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"era": "2020"}, "era: '2020' is not one of"),
        ({"full_attn": [True]}, "full_attn must be True or False for each level"),
        ({"dim_mults": []}, "dim_mults must be"),
    ],
)
def test_settings_of_no_network_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        build("lucidrains_unet", wrong)
