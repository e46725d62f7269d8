"""FlowLab's own network: what it depends on, and that it learns."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.digits import DigitsUnet
from flowlab.images.unets.initialise import initialised
from flowlab.images.unets.load import build, parameter_count
from tests.images.unets.weights import known_network, waves

CLASSES = {"classes": 10}
SMALL = {"widths": [8, 16], "embedding": 16}


def test_it_has_about_eight_hundred_thousand_parameters() -> None:
    network = build("digits", CLASSES)
    assert isinstance(network, DigitsUnet)
    assert 0.78e6 < parameter_count(network) < 0.83e6
    assert network.null_class == 10


@pytest.mark.parametrize("side", [14, 16, 28, 32])
def test_a_prediction_has_the_size_of_the_picture(side: int) -> None:
    network = known_network("digits", {"in_channels": 2, "out_channels": 1, **SMALL})
    x, t = waves("x", (3, 2, side, side)).double(), torch.rand(3, dtype=torch.float64)
    assert network(x, t).shape == (3, 1, side, side)


def test_time_class_and_condition_each_count() -> None:
    network = known_network("digits", {"in_channels": 2, "out_channels": 1, **CLASSES, **SMALL})
    x, t = waves("x", (1, 2, 16, 16)).double(), torch.tensor([0.3]).double()
    label, another = torch.tensor([2]), x.clone()
    another[:, 1] += 1  # the condition
    base = network(x, t, label)
    for y in (network(x, t + 0.01, label), network(x, t, label + 1), network(another, t, label)):
        assert (y - base).abs().max() > 1e-3


def test_steps_and_unit_times_are_told_alike() -> None:
    """DDPM's network is told k of 1000, IADB's t = k / 1000: the same weights, the same answer."""
    iadb, ddpm = (known_network("digits", {"time_scale": s, **SMALL}) for s in (1000.0, 1.0))
    x, t = waves("x", (2, 1, 16, 16)).double(), torch.tensor([0.2, 0.9]).double()
    assert torch.allclose(iadb(x, t), ddpm(x, 1000 * t), atol=1e-6)


def test_blocks_pass_their_input_on_at_first_and_it_learns_to_tell_classes_apart() -> None:
    """With pictures of a class all alike, a few steps of descent find them."""
    rng = torch.Generator().manual_seed(0)
    network = initialised(build("digits", {"classes": 2, **SMALL}), rng)
    x, t = torch.randn(16, 1, 8, 8, generator=rng), torch.rand(16, generator=rng)
    label = torch.arange(16) % 2
    assert isinstance(network, DigitsUnet)
    h = torch.randn(16, 8, 4, 4, generator=rng)
    assert network.down[0](h, torch.ones(16, 16)).equal(h)
    target = torch.where(label == 0, -0.5, 0.5)[:, None, None, None].expand_as(x)
    weights = list(network.parameters())
    for _ in range(15):
        loss = (network(x, t, label) - target).square().mean()
        slopes = torch.autograd.grad(loss, weights, materialize_grads=True)
        for value, slope in zip(weights, slopes, strict=True):
            value.data -= 0.3 * slope
    assert loss < 0.2  # whoever can't tell the classes apart is off by 0.25


def test_an_embedding_has_as_many_sines_as_cosines() -> None:
    with pytest.raises(Invalid, match="embedding must be an even number"):
        build("digits", {"embedding": 33})
