"""Networks by name and settings, without their weights; and weights that fit them exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from flowlab.core.document.arguments import kind_of, name_of
from flowlab.core.document.limits import Invalid
from flowlab.images.unets.ddpm_unet import DDPMUnet, DDPMUnetSettings
from flowlab.images.unets.digits import DigitsUnet, DigitsUnetSettings
from flowlab.images.unets.guided_unet import GuidedUnet, GuidedUnetSettings
from flowlab.images.unets.lucidrains_unet import LucidrainsUnet, LucidrainsUnetSettings
from flowlab.images.unets.ncsnpp import NCSNpp, NCSNppSettings
from flowlab.images.unets.network import ImageNetwork
from flowlab.images.unets.settings import settings_of
from flowlab.images.unets.simple_unet import SimpleUnet, SimpleUnetSettings
from flowlab.images.unets.unet2d import UNet2D, UNet2DSettings
from flowlab.images.unets.vdm import VDM, VDMSettings

MOST_BYTES = 2 * 10**9  # of a network's weights, as float32
NAMED = 3  # of the differences of each kind, in a sentence

# A row a network: its class, its settings, and those that files have beside them (None: any).
NETWORKS: dict[str, tuple[Callable[[Any], ImageNetwork], type[Any], Sequence[str] | None]] = {
    "unet2d": (UNet2D, UNet2DSettings, None),
    "simple_unet": (SimpleUnet, SimpleUnetSettings, ()),
    "guided_unet": (GuidedUnet, GuidedUnetSettings, ()),
    "ddpm_unet": (DDPMUnet, DDPMUnetSettings, ()),
    "lucidrains_unet": (LucidrainsUnet, LucidrainsUnetSettings, ()),
    "ncsnpp": (NCSNpp, NCSNppSettings, ()),
    "vdm": (VDM, VDMSettings, ()),
    "digits": (DigitsUnet, DigitsUnetSettings, ()),
}


def build(network: str, settings: Mapping[str, Any]) -> ImageNetwork:
    """A network of that name without weights, on the meta device: nothing is allocated.

    Raises `Invalid` for another name, for settings of which no network can be built, and for a
    network whose weights need more than 2 GB.
    """
    name_of(network, NETWORKS, "network")
    kind_of(settings, Mapping, "The settings", "values by name")
    kind, fields, ignored = NETWORKS[network]
    with torch.device("meta"):
        module = kind(settings_of(fields, settings, ignored))
    size = 4 * parameter_count(module)
    if size > MOST_BYTES:
        words = f"{size // 4:,} parameters, which need {size / 1e9:.1f} GB"
        raise Invalid(f"The network has {words}; FlowLab opens networks of up to 2 GB.")
    return module.eval()


def parameter_count(module: ImageNetwork) -> int:
    """How many numbers the parameters hold; buffers, as averages of batches, aren't counted."""
    return sum(math.prod(value.shape) for value in module.parameters())


@dataclass(frozen=True)
class Differences:
    """Which weights a network lacks, which it doesn't know, and which have another shape."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]  # "name is (3, 4), not (4, 3)"

    def __bool__(self) -> bool:
        """True if there are any."""
        return bool(self.missing or self.unexpected or self.misshapen)

    def __str__(self) -> str:
        """All of them counted, the first of each kind by name."""
        kinds = ("missing", "unexpected", "of another shape")
        parts = zip(kinds, (self.missing, self.unexpected, self.misshapen), strict=True)
        return "; ".join(
            f"{len(names):,} {kind} ({_first(names)})" for kind, names in parts if names
        )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")


def differences(module: ImageNetwork, weights: Mapping[str, Tensor]) -> Differences:
    """How weights differ from those that the network has, by names (today's) and shapes."""
    own = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    shapes = {name: tuple(value.shape) for name, value in weights.items()}
    other = [name for name in own.keys() & shapes.keys() if own[name] != shapes[name]]
    return Differences(
        tuple(name for name in own if name not in shapes),
        tuple(sorted(shapes.keys() - own.keys())),
        tuple(f"{name} is {shapes[name]}, not {own[name]}" for name in sorted(other)),
    )


def load_strictly(module: ImageNetwork, weights: Mapping[str, Any]) -> ImageNetwork:
    """The network with these weights, which are taken as they are: there is no second copy.

    Numbers of half or double precision become float32. The network then needs no gradients. Raises
    `Invalid` with all that is missing, unexpected or of another shape.
    """
    kind_of(weights, Mapping, "The weights", "tensors by name")
    for name, value in weights.items():
        kind_of(value, Tensor, f"The weight {name}", "a tensor")
    named = module.todays_names(weights)
    if found := differences(module, named):
        raise Invalid(f"These weights are of another network: {found}.")
    module.load_state_dict({name: _single(value) for name, value in named.items()}, assign=True)
    return module.requires_grad_(False).eval()


def _single(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value
