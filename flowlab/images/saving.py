"""A network that FlowLab trained, as a file that opens as the very model that it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safetensors.torch import save

from flowlab.images.formats.own_card import metadata_of
from flowlab.images.formats.records import Card
from flowlab.images.trainer import Recipe
from flowlab.images.unets.load import parameter_count
from flowlab.images.unets.network import ImageNetwork

_LINEAR = {"kind": "linear", "beta_start": 1e-4, "beta_end": 0.02}
NAMES = {"digits": "digits", "simple_unet": "simple_unet", "iadb": "unet2d"}


def card_of(
    network: ImageNetwork, settings: Mapping[str, Any], recipe: Recipe, side: int, name: str
) -> Card:
    """The card of a trained network: what it predicts, of pictures of which size.

    `settings` are those it was built with, `name` is a key of `NAMES`.
    """
    steps, classes = recipe.kind == "ddpm", int(settings.get("classes", 0))
    return Card(
        family="FlowLab: DDPM" if steps else "FlowLab: IADB",
        network=NAMES[name],
        settings=settings,
        parameters=parameter_count(network),
        size=side,
        channels=network.in_channels,
        out_channels=network.out_channels,
        condition="class" if classes else "none",
        classes=classes,
        predicts="noise" if steps else "velocity",
        time="whole steps" if steps else "unit",
        T=recipe.T if steps else 1,
        schedule=_LINEAR if steps else {},
    )


def checkpoint_bytes(network: ImageNetwork, card: Card, facts: Mapping[str, Any]) -> bytes:
    """The content of a safetensors file with the card; `facts` are words and numbers beside it."""
    own = network.state_dict().items()
    weights = {name: value.detach().cpu().contiguous() for name, value in own}
    said = {name: str(value) for name, value in facts.items()}
    return save(weights, said | metadata_of(card))
