"""A trainer's weights at one step, copied at little cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from flowlab.core.array_types import AnyArray
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.weights import Weights


@dataclass(frozen=True, eq=False)
class WeightsCopy:
    """Weights that are named only when they are asked for, in any thread."""

    step: int
    seconds: float
    flat: FlatParameters  # whose parameters have moved on; it knows their names and shapes
    averaged: Tensor
    raw: Tensor
    buffers: dict[str, Tensor]  # what is measured rather than learned

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        parts = (self.averaged, self.raw, *self.buffers.values())
        return sum(part.numel() * part.element_size() for part in parts)

    def weights(self, *, both: bool = True) -> Weights:
        """The averaged weights, and the raw ones unless they are left out, as arrays."""
        averaged, raw = self._arrays(self.averaged), self._arrays(self.raw) if both else None
        return Weights(step=self.step, seconds=self.seconds, arrays=averaged, raw=raw)

    def _arrays(self, vector: Tensor) -> dict[str, AnyArray]:
        values = self.flat.named(vector.cpu()) | self.buffers
        return {name: np.array(value.cpu().numpy(), order="C") for name, value in values.items()}
