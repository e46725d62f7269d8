"""Sets of weights are found, and what lies beside them is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.inert import Storage, StoredTensor
from flowlab.images.formats.weight_sets import find_weights
from tests.helpers import checkpoints as made

STORAGE = Storage("float32", "0", 2)


def test_what_lies_in_a_file_is_told(tmp_path: Path) -> None:
    state = made.points_net()
    optimiser = {"state": {}, "param_groups": []}
    content = {"model": state, "opt": optimiser, "epoch": 3, "x_T": state["net.0.bias"]}
    torch.save(content, tmp_path / "a.pt")
    contents = read_contents(tmp_path / "a.pt")
    assert contents.groups.keys() == {"model"}
    assert contents.groups["model"]["net.0.weight"].shape == (64, 3)
    assert contents.groups["model"]["net.0.weight"].dtype == "float32"
    assert contents.facts["epoch"] == 3
    assert contents.left == ("the state of an optimiser (opt)", "a tensor (x_T)")
    save_file(state, tmp_path / "b.safetensors", {"config": '{"hidden_size": 64}', "note": "mine"})
    contents = read_contents(tmp_path / "b.safetensors")
    assert (contents.config, contents.facts) == ({"hidden_size": 64}, {"note": "mine"})


def test_the_optimiser_alone_holds_no_weights() -> None:
    with pytest.raises(Invalid, match="state of an optimiser"):
        find_weights({"state": {}, "param_groups": []})
    with pytest.raises(Invalid, match="no weights of a network"):
        find_weights({"a": {"b": [1, 2]}})


def test_a_dictionary_that_holds_itself_is_searched_once() -> None:
    circle: dict[str, Any] = {"w": {"a.weight": StoredTensor((2,), "float32", STORAGE)}}
    circle |= {f"again {k}": circle for k in range(100)}
    assert find_weights(circle).groups.keys() == {"w"}


def test_lists_of_ermongroup_have_the_average_last() -> None:
    tensors = {"a.weight": StoredTensor((2,), "float32", STORAGE)}
    found = find_weights([tensors, {"state": {}, "param_groups": []}, 3, 900, dict(tensors)])
    assert found.groups.keys() == {"model", "ema"}
    assert found.facts == {"epoch": 3, "step": 900}
