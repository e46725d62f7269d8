"""Initial weights are torch's own in law, and depend on nothing but the generator."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.initialise import initialised
from flowlab.images.unets.load import build
from flowlab.images.unets.network import ImageNetwork


def start(seed: int) -> ImageNetwork:
    rng = torch.Generator().manual_seed(seed)
    return initialised(build("simple_unet", {"widths": [16, 32]}), rng)


def test_the_same_seed_gives_the_same_weights() -> None:
    first, again, other = start(1).state_dict(), start(1).state_dict(), start(2).state_dict()
    assert all(value.equal(again[name]) for name, value in first.items())
    assert not first["conv0.weight"].equal(other["conv0.weight"])


@pytest.mark.parametrize(
    ("network", "settings"), [("ddpm_unet", {"ch": 32}), ("vdm", {"num_blocks": 1})]
)
def test_a_network_with_other_initial_weights_is_not_trained(
    network: str, settings: dict[str, int]
) -> None:
    with pytest.raises(Invalid, match="can't be trained here"):
        initialised(build(network, settings), torch.Generator())


def like(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear) -> nn.Module:
    """A layer of the same size with the values that torch draws."""
    if isinstance(layer, nn.Linear):
        return nn.Linear(layer.in_features, layer.out_features)
    return type(layer)(layer.in_channels, layer.out_channels, layer.kernel_size)


def test_the_law_is_that_of_torchs_layers() -> None:
    """A uniform law has a variance of bound^2 / 3; of n draws it is off by bound^2 sqrt(4/45n)."""
    network = start(0)
    assert network.training
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            bound = layer.weight[0].numel() ** -0.5
            assert like(layer).weight.abs().max() <= bound * 1.001, name
            assert 0.9 * bound < layer.weight.abs().max() <= bound
            error = (layer.weight.square().mean() / bound**2 - 1 / 3).abs()
            assert error < 5 * (4 / 45 / layer.weight.numel()) ** 0.5
    state = network.state_dict()
    assert (state["downs.0.bnorm1.running_var"] == 1).all()
    assert (state["downs.0.bnorm1.weight"] == 1).all()
    assert (state["downs.0.bnorm1.running_mean"] == 0).all()
