"""The notebook's SimpleUnet: its number of parameters, and its formulas written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from flowlab.images.unets.load import build, load_strictly, parameter_count
from flowlab.images.unets.simple_unet import SimpleUnet
from tests.images.unets.weights import known_weights, waves

NARROW = {"widths": [4, 6, 8], "channels": 2, "time_width": 8}


def test_the_notebooks_network_has_62_438_883_parameters() -> None:
    network = build("simple_unet", {})
    assert parameter_count(network) == 62_438_883
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes["ups.0.conv1.weight"] == (512, 2048, 3, 3)
    assert shapes["downs.0.bnorm1.running_mean"] == (128,)
    assert shapes["output.weight"] == (3, 64, 1, 1)


def normalised(h: Tensor, w: dict[str, Tensor], name: str, batch: bool) -> Tensor:
    mean, variance = w[f"{name}.running_mean"], w[f"{name}.running_var"]
    if batch:
        mean, variance = h.mean((0, 2, 3)), h.var((0, 2, 3), correction=0)
    scaled = (h - mean[:, None, None]) / (variance + 1e-5).sqrt()[:, None, None]
    return w[f"{name}.weight"][:, None, None] * scaled + w[f"{name}.bias"][:, None, None]


def block(h: Tensor, time: Tensor, w: dict[str, Tensor], name: str, batch: bool) -> Tensor:
    """conv1, relu, bnorm1; + relu(time_mlp); conv2, relu, bnorm2; transform: as in the text."""
    h = functional.conv2d(h, w[f"{name}.conv1.weight"], w[f"{name}.conv1.bias"], padding=1)
    h = normalised(h.relu(), w, f"{name}.bnorm1", batch)
    shift = (time @ w[f"{name}.time_mlp.weight"].T + w[f"{name}.time_mlp.bias"]).relu()
    h = h + shift[:, :, None, None]
    h = functional.conv2d(h, w[f"{name}.conv2.weight"], w[f"{name}.conv2.bias"], padding=1)
    h = normalised(h.relu(), w, f"{name}.bnorm2", batch)
    resize = functional.conv_transpose2d if name.startswith("ups") else functional.conv2d
    return resize(h, w[f"{name}.transform.weight"], w[f"{name}.transform.bias"], 2, 1)


def by_the_text(x: Tensor, t: Tensor, w: dict[str, Tensor], batch: bool) -> Tensor:
    """The network of NARROW, each step as the notebook states it."""
    angles = torch.stack([t * math.exp(-math.log(10000) * i / 3) for i in range(4)], 1)
    time = torch.cat([angles.sin(), angles.cos()], 1)
    time = (time @ w["time_mlp.1.weight"].T + w["time_mlp.1.bias"]).relu()
    h = functional.conv2d(x, w["conv0.weight"], w["conv0.bias"], padding=1)
    first = block(h, time, w, "downs.0", batch)
    second = block(first, time, w, "downs.1", batch)
    h = block(torch.cat([second, second], 1), time, w, "ups.0", batch)
    h = block(torch.cat([h, first], 1), time, w, "ups.1", batch)
    return functional.conv2d(h, w["output.weight"], w["output.bias"])


@pytest.mark.parametrize("batch", [False, True])
def test_each_step_is_the_texts(batch: bool) -> None:
    settings = {**NARROW, "batch_norm": "batch" if batch else "averages"}
    network = build("simple_unet", settings)
    load_strictly(network, known_weights(network.state_dict())).double()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    x, t = waves("x", (3, 2, 8, 12)).double(), torch.tensor([0.0, 17.0, 299.0]).double()
    expected = by_the_text(x, t, before, batch)
    assert network(x, t).numpy() == pytest.approx(expected.numpy(), abs=1e-4)  # float32 sinusoids
    assert expected.std() > 0.05
    assert all(value.equal(before[name]) for name, value in network.state_dict().items())


def test_statistics_of_the_batch_and_averages_differ() -> None:
    """As in the notebook a picture depends on those beside it; with averages it doesn't."""
    x, t = waves("x", (3, 2, 8, 8)), torch.tensor([5.0, 5.0, 5.0])
    alone = {}
    for mode in ("averages", "batch"):
        network = build("simple_unet", {**NARROW, "batch_norm": mode})
        load_strictly(network, known_weights(network.state_dict()))
        assert isinstance(network, SimpleUnet)
        alone[mode] = (network(x, t)[:1] - network(x[:1], t[:1])).abs().max().item()
    assert alone["averages"] < 1e-5 < 1e-2 < alone["batch"]
