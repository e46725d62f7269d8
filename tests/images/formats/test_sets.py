"""The averaged weights are taken before those of the last step, by the key they lie under."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.records import Contents, TensorInfo
from flowlab.images.formats.sets import chosen_group, is_average, names_of

PAIR = {"a.weight": TensorInfo((2, 3), "float32"), "a.bias": TensorInfo((2,), "float32")}


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (["net_model", "ema_model"], "ema_model"),
        (["model", "model_ema"], "model_ema"),
        (["model", "ema.shadow_params"], "ema.shadow_params"),
        (["ema.online_model", "model", "ema.ema_model"], "ema.ema_model"),
        (["unet", "unet_ema"], "unet_ema"),
        (["discriminator", "model"], "model"),
        (["scheme", "state_dict"], "state_dict"),
        (["anything"], "anything"),
    ],
)
def test_which_set_is_taken(keys: list[str], chosen: str) -> None:
    contents = Contents(Path("a"), "zip", dict.fromkeys(keys, PAIR))
    assert chosen_group(contents) == chosen
    assert is_average(chosen) == ("ema" in chosen)


def test_a_list_without_its_names_is_refused() -> None:
    listed = {"0": PAIR["a.weight"], "1": PAIR["a.bias"]}
    groups = {"ema": listed, "model": PAIR}
    assert names_of(listed, groups, "ema") == PAIR
    with pytest.raises(Invalid, match="without their names"):
        names_of(listed, {"ema": listed}, "ema")
