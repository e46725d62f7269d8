"""What names and shapes of tensors say of a network, before it is known what it predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowlab.images.formats.records import Assumption, Tensors


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A network recognised by its tensors; `meanings` are what it may predict, likeliest first.

    `fixed` are fields of the card that a file of settings states, whatever is taken for the rest.
    """

    network: str
    settings: Mapping[str, Any]
    channels: int
    out_channels: int
    meanings: tuple[str, ...]
    why: str = "the tensors alone don't say it"
    size: int | None = None  # None where no file states it
    usual_size: int = 32
    halvings: int = 2
    condition: str = "none"
    classes: int = 0
    stated: bool = False  # True where a file of settings says which meaning it is
    fixed: Mapping[str, Any] = field(default_factory=dict)
    assumed: tuple[Assumption, ...] = ()


def levels(tensors: Tensors, prefix: str, suffix: str) -> list[int]:
    """The numbers that stand between prefix and suffix in some tensor's name, ascending."""
    found = set()
    for name in tensors:
        if name.startswith(prefix) and name.endswith(suffix):
            middle = name[len(prefix) : len(name) - len(suffix)]
            if middle.isdecimal() and len(middle) < 5:
                found.add(int(middle))
    return sorted(found)


def condition_of(channels: int, out_channels: int, classes: int) -> str:
    """What a network is told beside picture and time, by the channels that it takes."""
    if classes:
        return "class"
    return "picture" if channels == 2 * out_channels else "none"
