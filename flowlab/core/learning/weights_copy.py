"""A trainer's weights at one step, copied cheaply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from flowlab.core.array_types import AnyArray
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.weights import Weights


@dataclass(frozen=True, eq=False)
class WeightsCopy:
    """Weights as flat vectors; they are split into named arrays on request, in any thread."""

    step: int
    seconds: float
    flat: FlatParameters  # gives names and shapes; its own parameters have changed since
    averaged: Tensor
    raw: Tensor
    buffers: dict[str, Tensor]  # by their names in saved weights

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        parts = (self.averaged, self.raw, *self.buffers.values())
        return sum(part.numel() * part.element_size() for part in parts)

    def weights(self, *, both: bool = True) -> Weights:
        """The averaged weights as arrays, and the raw ones if `both`."""
        averaged, raw = self._arrays(self.averaged), self._arrays(self.raw) if both else None
        return Weights(step=self.step, seconds=self.seconds, arrays=averaged, raw=raw)

    def _arrays(self, vector: Tensor) -> dict[str, AnyArray]:
        values = self.flat.named(vector.cpu()) | self.buffers
        return {name: np.array(value.cpu().numpy(), order="C") for name, value in values.items()}
