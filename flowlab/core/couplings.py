"""Couplings: which source point is paired with which target point."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from flowlab.core.distributions import Distribution, build
from flowlab.core.document import Document


class Coupler(Protocol):
    """Draws pairs whose two ends have the document's distributions."""

    def draw(self, n: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) on the generator's device."""
        ...


class Independent:
    """Both ends drawn by themselves."""

    def __init__(self, source: Distribution, target: Distribution) -> None:
        self.source, self.target = source, target

    def draw(self, n: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) on the generator's device."""
        return self.source.sample(n, dice), self.target.sample(n, dice)


def coupler_of(document: Document) -> Coupler:
    """What draws the document's pairs; raises `Invalid` where an end cannot be built."""
    return Independent(build(document.source), build(document.target))
