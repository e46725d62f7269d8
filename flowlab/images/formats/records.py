"""What is known of a checkpoint: its tensors by name and shape, and the card of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NETWORKS = (
    "unet2d",
    "simple_unet",
    "guided_unet",
    "ddpm_unet",
    "lucidrains_unet",
    "ncsnpp",
    "vdm",
    "mlp",
)
CONDITIONS = ("none", "class", "picture")
PREDICTS = ("velocity", "noise", "data", "score", "v", "noise and variance")
TIMES = ("unit", "whole steps", "sigma", "log sigma")
BASES = ("gaussian", "truncated gaussian", "uniform")


@dataclass(frozen=True)
class TensorInfo:
    """Shape and type ("float32") of a tensor that has not been read."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def numel(self) -> int:
        """Number of its elements."""
        count = 1
        for side in self.shape:
            count *= side
        return count


Tensors = Mapping[str, TensorInfo]


@dataclass(frozen=True)
class Contents:
    """What lies in a checkpoint, from its headers and keys alone.

    `groups` holds each set of weights by the key under which it lies ("" for a bare one), `files`
    the file of each. An average that is a mere list has its positions as names.
    """

    path: Path
    layout: str  # "safetensors", "zip", "old pickle" or "folder"
    groups: Mapping[str, Tensors]
    config: Mapping[str, Any] = field(default_factory=dict)
    scheduler: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Assumption:
    """Something that the file does not say, what was taken for it, why, and what else it may be.

    `name` is "meaning", a field of the card or a setting of its network.
    """

    name: str
    value: Any
    why: str
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a checkpoint is and how it is sampled.

    `T` is the number of steps where time is in whole steps; where it is in [0, 1], the factor by
    which it is multiplied on its way into the network. `schedule` holds what a sampler must know
    of the noise: "kind", and "beta_start", "beta_end" or "sigma_min", "sigma_max"; "noise_at" 1
    says that the network has seen pure noise at time 1. `stated` are settings and fields that
    tensors or files of settings tell, whatever else is assumed.
    """

    family: str
    network: str
    settings: Mapping[str, Any]
    parameters: int
    size: int | None
    channels: int
    out_channels: int
    condition: str = "none"
    classes: int = 0
    predicts: str
    time: str
    T: int = 1
    schedule: Mapping[str, Any] = field(default_factory=dict)
    base: str = "gaussian"
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    group: str = ""
    ema: bool = False
    assumed: tuple[Assumption, ...] = ()
    ambiguous: tuple[str, ...] = ()
    stated: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The card as plain values that JSON can hold."""
        return {name: _plain(v) for name, v in asdict(self).items() if name != "stated"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value
