"""The size of pictures: by the file's name, or as is usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowlab.images.formats.families.sketch import Sketch
from flowlab.images.formats.sizes import assumed_size

NET = Sketch(network="unet2d", settings={}, channels=3, out_channels=3, meanings=("ddpm",))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("64x64_diffusion.pt", 64),
        ("iadb-celebahq-256", 256),
        ("otcfm_cifar10_weights_step_400000.pt", 32),
        ("model-64000.pt", 32),  # a number of steps
        ("a.pt", 32),
        ("mnist.pt", 28),
    ],
)
def test_the_name_says_it_or_it_is_the_usual_one(name: str, size: int) -> None:
    assumed = assumed_size(name, NET)
    assert assumed.value == size
    assert assumed.value in assumed.options


def test_sides_are_halved_without_a_rest() -> None:
    deep = replace(NET, halvings=3, channels=1)
    assert assumed_size("mnist.pt", deep).value == 32
    assert assumed_size("a.pt", replace(NET, channels=1)).value == 28
    assert 28 not in assumed_size("a.pt", deep).options
