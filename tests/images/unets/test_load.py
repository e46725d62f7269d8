"""Networks are built without memory and take weights as they are, or say what doesn't fit."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor, nn

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.load import NETWORKS, build, load_strictly
from flowlab.images.unets.network import ImageNetwork
from tests.images.unets.weights import known_weights, waves

SMALL = {"widths": [8, 16], "embedding": 16, "classes": 3}


def small() -> tuple[ImageNetwork, dict[str, Tensor]]:
    network = build("digits", SMALL)
    return network, known_weights(network.state_dict())


def test_weights_are_taken_without_a_second_copy() -> None:
    network, weights = small()
    load_strictly(network, weights)
    for name, value in network.state_dict().items():
        assert value.data_ptr() == weights[name].data_ptr()
    assert not network.training
    assert not any(value.requires_grad for value in network.parameters())


def test_half_precision_becomes_single() -> None:
    network, weights = small()
    load_strictly(network, {name: value.half() for name, value in weights.items()})
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}
    x, t = waves("x", (2, 1, 8, 8)), torch.tensor([0.1, 0.9])
    assert network(x, t, torch.tensor([0, 3])).isfinite().all()


def test_all_that_does_not_fit_is_said() -> None:
    network, weights = small()
    for name in ("norm.weight", "norm.bias", "enter.weight", "enter.bias"):
        del weights[name]
    weights["stranger"] = torch.zeros(2)
    weights["label.weight"] = torch.zeros(5, 16)
    with pytest.raises(Invalid) as error:
        load_strictly(network, weights)
    assert str(error.value) == (
        "These weights are of another network: 4 missing (enter.weight, enter.bias, norm.weight"
        " ...); 1 unexpected (stranger); 1 of another shape (label.weight is (5, 16), not (4, 16))."
    )


@pytest.mark.parametrize("weights", [None, {"enter.weight": 3.0}])
def test_weights_that_are_none_are_refused(weights: object) -> None:
    with pytest.raises(Invalid, match="must be"):
        load_strictly(build("digits", SMALL), weights)  # type: ignore[arg-type]


@pytest.mark.parametrize("network", NETWORKS)
def test_each_setting_has_its_limits(network: str) -> None:
    """As files may hold anything: whatever it is called, "x" and -1.5 are none of a setting."""
    for field in dataclasses.fields(NETWORKS[network][1]):
        for value in ("x", -1.5, [None], {}):
            with pytest.raises(Invalid):
                build(network, {field.name: value})
    with pytest.raises(Invalid, match="The settings must be values by name"):
        build(network, None)  # type: ignore[arg-type]


def test_a_network_of_more_than_two_gigabytes_is_refused_before_it_is_made() -> None:
    with pytest.raises(Invalid, match=r"parameters, which need [\d.]+ GB; .* up to 2 GB"):
        build("simple_unet", {"widths": [16_384, 16_384, 16_384]})
    with pytest.raises(Invalid, match="There is no network 'unet3d'; try unet2d"):
        build("unet3d", {})


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"x": torch.zeros(2, 3, 8, 8)}, r"must be of shape \(n, 1, height, width\)"),
        ({"x": torch.zeros(2, 1, 8, 9)}, "must be multiples of 2, not 8 x 9"),
        ({"t": torch.zeros(2, dtype=torch.long)}, "must be a floating tensor"),
        ({"t": torch.zeros(3)}, r"of shape \(2,\)"),
        ({"label": None}, "needs a class for each picture"),
        ({"label": torch.tensor([1])}, r"classes must be of shape \(2,\), not \(1,\)"),
    ],
)
def test_a_call_that_does_not_fit_is_refused(call: dict[str, Tensor], says: str) -> None:
    network, weights = small()
    load_strictly(network, weights)
    right = {"x": torch.zeros(2, 1, 8, 8), "t": torch.zeros(2), "label": torch.tensor([0, 1])}
    with pytest.raises(Invalid, match=says):
        network(**{**right, **call})


def test_tables_of_classes_draw_no_initial_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the meta device that would import all of sympy, and take seconds."""
    monkeypatch.setattr(nn.Embedding, "reset_parameters", lambda table: pytest.fail("drawn"))
    build("guided_unet", {"num_classes": 3})
